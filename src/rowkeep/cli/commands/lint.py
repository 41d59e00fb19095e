"""`rowkeep lint [PATHS]`: find what would lose data or stall the application."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rowkeep.cli.command_context import CommandContext, declare_command
from rowkeep.cli.exit_codes import MISUSED, OK, REFUSED
from rowkeep.cli.output import safe
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused
from rowkeep.report.formats.by_name import FORMS, WITH_FIXES

if TYPE_CHECKING:
    from rowkeep.analysis import LintOptions
    from rowkeep.domain.lint.finding import LintResult
    from rowkeep.files.select import Selection

    Selections = tuple[Selection, ...]

STDIN = "stdin.sql"
BASELINE = "rowkeep-baseline.txt"
FAIL_ON = ("error", "warning", "note", "never")


@declare_command(
    "lint", formats=FORMS, asks=True, help="Find what would lose data or stall the application, in PATHS."
)
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@click.option("--select", multiple=True, metavar="RULES", help="Rules or groups that judge (names, commas).")
@click.option("--ignore", multiple=True, metavar="RULES", help="Rules or groups that do not judge.")
@click.option("--pg-version", type=click.IntRange(10), metavar="MAJOR", help="The oldest server to judge for.")
@click.option(
    "--fail-on", "--severity-exit", "fail_on", type=click.Choice(FAIL_ON), help="The severity that exits 1 [error]."
)
@click.option("--baseline", metavar="FILE", help="Findings that are known and do not count.")
@click.option("--write-baseline", is_flag=True, help="Write all findings into the baseline, and exit 0.")
@click.option("--after", metavar="NAME", help="Judge only migrations behind NAME.")
@click.option("--new-only", is_flag=True, help="Judge only migrations that the database does not have yet.")
@click.option("--all", "judge_all", is_flag=True, help="With --database: judge the applied migrations, too.")
@click.option(
    "--stdin", is_flag=True, help="Judge what comes from stdin, also of `alembic upgrade --sql`, `sqlmigrate`."
)
@click.option("--stdin-filename", metavar="NAME", help="What the text from stdin is called.")
@click.option("--witness", is_flag=True, help="Run the migrations on a throw-away server, and judge by what it shows.")
@click.option("--fix", is_flag=True, help="Rewrite pending migrations into safe steps, and print what changed.")
@click.option("--diff", is_flag=True, help="Only show what --fix would change; exit 1 if it is anything.")
@click.option("--output", metavar="FILE", help="Write the result into FILE instead of stdout.")
@click.option("--statistics", is_flag=True, help="How often each rule found something, instead of the findings.")
def command(
    context: CommandContext,
    *,
    paths: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    pg_version: int | None,
    fail_on: str | None,
    baseline: str | None,
    write_baseline: bool,
    after: str | None,
    new_only: bool,
    judge_all: bool,
    stdin: bool,
    stdin_filename: str | None,
    witness: bool,
    fix: bool,
    diff: bool,
    output: str | None,
    statistics: bool,
    asked: bool,
) -> int:
    from dataclasses import replace

    from rowkeep.analysis import LintOptions
    from rowkeep.analysis.options import OLDEST
    from rowkeep.domain.lint.finding import Severity
    from rowkeep.knowledge.program_locations import COMING
    from rowkeep.report.tools import describe_download
    from rowkeep.workflows import lint_request as walk
    from rowkeep.workflows.lint_request import (
        analyze_selections,
        apply_baseline,
        require_migrations,
        select_newer,
        select_pending,
    )

    if judge_all and new_only:
        raise Misused("give give --new-only or --all, not both", code=ErrorCode.INVALID_USAGE)
    settings = replace(context.settings, baseline=baseline or context.settings.baseline)
    options = LintOptions(
        _words(select) or settings.rules_select,
        (*_words(ignore), *settings.rules_ignore),
        settings.rules_severity,
        pg_version or settings.pg_version or OLDEST,
    )
    if witness and not asked and not (pg_version or settings.pg_version):
        # With --database, the look at it tells its major, too.
        options = replace(options, major=_server_major(context) or OLDEST)
    if options.major >= COMING:
        context.note(describe_download(options.major))
    piped = _read_stdin(paths, stdin, stdin_filename)
    selections = walk.select_requested(paths, settings, piped)
    unread = _unread(selections, paths)
    if not any(each.chosen for each in selections):
        raise require_migrations(paths, settings, unread)
    if after is not None:
        selections = select_newer(selections, after)
    if new_only or asked:
        from rowkeep.cli.connection_string import connection_string

        with connection_string(context) as conninfo:
            if new_only:
                selections = select_pending(selections, settings, conninfo)
            if asked:
                named = bool(paths) or piped is not None or judge_all
                selections, options = _with_live_facts(context, selections, options, conninfo, named=named)
        if pg_version is None and options.live is not None:
            options = replace(options, major=options.live.major)
    if fix or diff:
        from rowkeep.cli import fix_files

        if piped is not None:
            raise Misused(
                "text from stdin has no file to fix",
                code=ErrorCode.INVALID_USAGE,
                instead=("rowkeep lint --fix PATHS",),
            )
        written = fix_files.fix_files(context, selections, options, settings, named=bool(paths), only_show=diff)
        if diff:
            return REFUSED if written else OK
        # What was chosen is judged as it stands now, with the files that follow it.
        selections = fix_files.read_again(selections, written, settings)
    fixes = None
    if context.output_format in WITH_FIXES and not statistics:
        from rowkeep.workflows.attach_fixes import FixFinder

        fixes = FixFinder(options.major)
    result = analyze_selections(selections, options, settings, fixes)
    if witness:
        from rowkeep.workflows.witness import weigh_with_witness

        result = weigh_with_witness(result, selections, options, settings, context.emit)
    if write_baseline:
        _write_baseline(context, result, settings.baseline or BASELINE)
        return OK
    result = apply_baseline(result, settings, selections, options)
    if fixes is not None:
        result = fixes.put_in(result)
    weight = fail_on or settings.fail_on
    code = REFUSED if weight != "never" and result.refuses(Severity(weight)) else OK
    if unread:
        # A verdict on a part of the files is none.
        code = MISUSED
        context.data["unread"] = list(unread)
    _show(context, result, output, statistics, code)
    if unread:
        from rowkeep.report.lint.unread_folders import format_unread

        context.note(
            format_unread(unread, settings.migrations_dir if not paths else paths[0], settings.ignore_pattern)
        )
    return code


def _unread(selections: Selections, paths: tuple[str, ...]) -> tuple[str, ...]:
    """SQL files in folders of the directories that were named, and which no layout reads."""
    from pathlib import Path

    if paths and not any(Path(path).is_dir() for path in paths):
        return ()
    return tuple(dict.fromkeys(path for each in selections for path in each.directory.unread))


def _with_live_facts(
    context: CommandContext, selections: Selections, options: LintOptions, conninfo: str, *, named: bool
) -> tuple[Selections, LintOptions]:
    """The options with what the database holds. named: paths or --all say what is judged; else what is not applied."""
    from dataclasses import replace

    from rowkeep.domain.count import count_text
    from rowkeep.files.select import Selection
    from rowkeep.workflows.live_facts import read_live_selection

    told = read_live_selection(selections, context.settings, conninfo)
    for words in told.live.unseen:
        context.note(f"not seen, and judged as unknown: {words}")
    context.data["database"] = {
        "name": told.live.database,
        "major": told.live.major,
        "tables": len(told.live.tables),
        "unseen": list(told.live.unseen),
    }
    if not named:
        chosen = sum(len(each.chosen) for each in selections)
        selections = tuple(
            Selection(each.directory, tuple(item for item in each.chosen if item.name not in told.applied))
            for each in selections
        )
        applied = chosen - sum(len(each.chosen) for each in selections)
        if applied:
            are = "is" if applied == 1 else "are"
            context.note(f"{count_text(applied, 'applied migration')} {are} not judged again; --all judges all")
    limit = context.settings.small_table_bytes
    return selections, replace(
        options, live=told.live, applied=told.applied, unfinished=told.unfinished, small_bytes=limit
    )


def _words(given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.strip() for each in given for word in each.split(",") if word.strip())


def _read_stdin(paths: tuple[str, ...], stdin: bool, name: str | None) -> tuple[str, bytes] | None:
    """Name and bytes of what stands on stdin, where it is asked for (also as the path `-`)."""
    import sys

    from rowkeep.files.filesystem.regular import LARGEST

    if not stdin and name is None and paths != ("-",):
        return None
    if paths not in ((), ("-",)):
        raise Misused(
            "give give stdin or paths, not both",
            code=ErrorCode.INVALID_USAGE,
            instead=("rowkeep lint --stdin", "rowkeep lint PATHS"),
        )
    data = sys.stdin.buffer.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Misused(f"the text from stdin is larger than {LARGEST // 1_000_000} MB", code=ErrorCode.INVALID_USAGE)
    return name or STDIN, data


def _server_major(context: CommandContext) -> int | None:
    """The major of the configured database, None where it is embedded or cannot be reached: then it is not asked."""
    from rowkeep.cli.credentials import guard
    from rowkeep.errors import Unreachable
    from rowkeep.scratch.spec import is_embedded
    from rowkeep.workflows.witness import read_server_major

    conninfo = context.settings.database
    if conninfo is None or is_embedded(conninfo):
        return None
    try:
        guard(context.settings)
        major = read_server_major(conninfo)
    except (Misused, Unreachable) as error:
        context.note(f"{error.what}: judged for the oldest major; --pg-version says another")
        return None
    context.note(f"judged for PostgreSQL {major}, as the database is")
    return major


def _write_baseline(context: CommandContext, result: LintResult, path: str) -> None:
    from rowkeep.analysis.suppression.lint_baseline import format_baseline
    from rowkeep.domain.count import count_text
    from rowkeep.files.filesystem.write import write_output

    write_output(path, format_baseline(result))
    count = len(result.counting)
    hint = "" if context.settings.baseline else f'\nset baseline = "{path}" in rowkeep.toml, or give --baseline {path}'
    context.answer(f"{count_text(count, 'finding')} written to {path}{hint}", path=path, written=count)


def _show(context: CommandContext, result: LintResult, output: str | None, statistics: bool, code: int) -> None:
    """The verdict in the form that was asked for, on stdout or in a file; and in GitHub's summary of the step."""
    from rowkeep.report.formats.by_name import FOR_PEOPLE, format_lint_result

    if statistics and context.output_format not in (*FOR_PEOPLE, "json"):
        raise Misused(
            f"no statistics in the formatat {context.output_format}",
            code=ErrorCode.INVALID_USAGE,
            instead=("--output-format full, concise or json",),
        )
    if context.json:
        from rowkeep.report.formats.json_lines import serialize_statistics
        from rowkeep.report.lint.findings import serialize_lint_result

        context.answer("", **serialize_lint_result(result), **(serialize_statistics(result) if statistics else {}))
        text = context.document(code) if output else ""
    elif statistics:
        from rowkeep.report.formats.json_lines import format_statistics

        text = format_statistics(result)
    else:
        text = format_lint_result(context.output_format, result, color=context.colored and output is None)
    if output is not None:
        from rowkeep.files.filesystem.write import write_output

        text = safe(text, annotations=context.output_format == "github" and not statistics)
        write_output(output, f"{text}\n" if text else "")
        # The document is in the file: stdout stays empty.
        context.json = False
    elif not context.json:
        (context.annotate if context.output_format == "github" and not statistics else context.answer)(text)
    if context.output_format == "github":
        _write_summary(context, result)


def _write_summary(context: CommandContext, result: LintResult) -> None:
    """A summary that cannot be written fails no check."""
    import os

    from rowkeep.report.formats.github import format_step_summary

    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        try:
            _append(path, safe(format_step_summary(result)))
        except Misused as error:
            context.note(f"no summary of the step: {error.why}")


def _append(path: str, text: str) -> None:
    from pathlib import Path

    try:
        with Path(path).open("a", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except OSError as error:
        raise Misused(
            "the file cannot be written", code=ErrorCode.FILE_NOT_WRITTEN, where=path, why=error.strerror
        ) from None
