"""What `rowkeep lint` does. It imports no click: that would be a quarter of the time of a small file."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.exit_codes import MISUSED, OK, REFUSED
from rowkeep.cli.output import safe
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass, replace
from rowkeep.errors import Misused
from rowkeep.lint_cache.inputs import spoil_recording
from rowkeep.report.formats.by_name import WITH_FIXES

if TYPE_CHECKING:
    from rowkeep.domain.lint.finding import LintResult
    from rowkeep.workflows.lint import LintRequest

STDIN = "stdin.sql"
BASELINE = "rowkeep-baseline.txt"
ASKS = STORES = True
"""How the command is declared: see `declare_command`."""

FAIL_ON = ("error", "warning", "note", "never")


@dataclass(frozen=True, slots=True)
class LintFlags:
    """The options of the command line. asked: --database was given, with or without a value."""

    paths: tuple[str, ...]
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    pg_version: int | None
    fail_on: str | None
    baseline: str | None
    write_baseline: bool
    after: str | None
    new_only: bool
    include_applied: bool
    stdin: bool
    stdin_filename: str | None
    witness: bool
    statements: str | None
    fix: bool
    diff: bool
    output: str | None
    statistics: bool
    asked: bool


def lint_files(context: CommandContext, **options: Any) -> int:
    """Run the command with the options that were parsed; return its exit code."""
    from rowkeep.cli.lint_reporter import LintReporter
    from rowkeep.domain.lint.finding import Severity
    from rowkeep.workflows.lint import lint

    flags = LintFlags(**options)
    if flags.include_applied and flags.new_only:
        raise Misused("give --new-only or --all, not both", code=ErrorCode.INVALID_USAGE)
    if flags.statements is not None:
        spoil_recording()
        return _check_statements(context, flags)
    request = _build_request(context, flags)
    if not _is_storable(context, flags):
        spoil_recording()
    with _open_database(context, flags) as conninfo:
        request = replace(request, database=conninfo if flags.asked else None, history=conninfo)
        result = lint(request, LintReporter(context))
    if result.database is not None:
        found = result.database
        context.data["database"] = {
            "name": found.name,
            "major": found.major,
            "tables": found.tables,
            "unseen": list(found.unseen),
        }
    if flags.diff:
        return REFUSED if result.fix is not None and result.fix.files else OK
    if flags.write_baseline:
        _write_baseline(context, result, request.settings.baseline or BASELINE)
        return OK
    fail_on = flags.fail_on or request.settings.fail_on
    code = REFUSED if fail_on != "never" and result.refuses(Severity(fail_on)) else OK
    if result.unread:
        # A result for a part of the files is no result for the directory.
        code = MISUSED
        context.data["unread"] = list(result.unread)
    _show(context, result, flags.output, flags.statistics, code)
    if result.unread:
        from rowkeep.report.lint.unread_folders import format_unread

        directory = flags.paths[0] if flags.paths else request.settings.migrations_dir
        context.note(format_unread(result.unread, directory, request.settings.ignore_pattern))
    return code


def _check_statements(context: CommandContext, flags: LintFlags) -> int:
    """`--statements`: the statements of the application alone."""
    from rowkeep.report.application import format_statement_check, serialize_application
    from rowkeep.workflows.check_statements import StatementCheckRequest, check_statements, describe_basis

    if flags.fix or flags.diff or flags.write_baseline or flags.stdin or "-" in flags.paths or flags.witness:
        raise Misused(
            "--statements checks statements and lints nothing",
            code=ErrorCode.INVALID_USAGE,
            instead=("rowkeep lint --statements FILE [--database | --after NAME | PATHS]",),
        )
    with _open_database(context, flags) as conninfo:
        request = StatementCheckRequest(
            context.settings, flags.statements or "", flags.paths, flags.after, conninfo, flags.pg_version
        )
        check = check_statements(request, context.emit)
    context.answer(format_statement_check(check, describe_basis(request)), **serialize_application(check))
    return REFUSED if check.broken else OK


def _is_storable(context: CommandContext, flags: LintFlags) -> bool:
    """Whether the answer depends on files and options alone, and the run does nothing but print it."""
    asks = flags.asked or flags.new_only or flags.witness or flags.stdin or flags.stdin_filename or "-" in flags.paths
    writes = flags.fix or flags.diff or flags.write_baseline or flags.output is not None
    has_summary = context.output_format == "github" and bool(os.environ.get("GITHUB_STEP_SUMMARY"))
    return not (asks or writes or has_summary)


def _build_request(context: CommandContext, flags: LintFlags) -> LintRequest:
    """The flags over the settings, without a database."""
    from rowkeep.workflows.lint import FixMode, LintRequest

    settings = replace(context.settings, baseline=flags.baseline or context.settings.baseline)
    major = flags.pg_version
    if flags.witness and not flags.asked and not (major or settings.pg_version):
        # With --database, lint reads the version from there.
        major = _server_major(context)
    text = _read_stdin(flags)
    return LintRequest(
        settings,
        paths=flags.paths if text is None else (),
        text=text,
        select=_words(flags.select),
        ignore=_words(flags.ignore),
        major=major,
        after=flags.after,
        pending_only=flags.new_only,
        include_applied=flags.include_applied,
        witness=flags.witness,
        fix=FixMode.SHOW if flags.diff else FixMode.WRITE if flags.fix else None,
        with_edits=context.output_format in WITH_FIXES and not flags.statistics,
        ignore_baseline=flags.write_baseline,
    )


def _open_database(context: CommandContext, flags: LintFlags) -> AbstractContextManager[str | None]:
    """The connection string of the database that lint reads from, None where it needs none."""
    needed = flags.asked or flags.new_only
    if not (needed or flags.fix or flags.diff):
        return nullcontext()
    from rowkeep.cli.connection_string import ENOUGH, connection_string

    # A fix leaves applied migrations alone: where a database is configured, it knows which those are.
    configured = context.settings.database is not None or any(os.environ.get(name) for name in ENOUGH)
    return connection_string(context) if needed or configured else nullcontext()


def _words(options: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.strip() for option in options for word in option.split(",") if word.strip())


def _read_stdin(flags: LintFlags) -> tuple[str, bytes] | None:
    """The name and the bytes of stdin, where an option or the path `-` asks for it."""
    import sys

    from rowkeep.files.filesystem.regular import LARGEST

    if not flags.stdin and flags.stdin_filename is None and flags.paths != ("-",):
        return None
    if flags.paths not in ((), ("-",)):
        raise Misused(
            "give stdin or paths, not both",
            code=ErrorCode.INVALID_USAGE,
            instead=("rowkeep lint --stdin", "rowkeep lint PATHS"),
        )
    data = sys.stdin.buffer.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Misused(f"the text from stdin is larger than {LARGEST // 1_000_000} MB", code=ErrorCode.INVALID_USAGE)
    return flags.stdin_filename or STDIN, data


def _server_major(context: CommandContext) -> int | None:
    """The major of the configured database, None where it is embedded or cannot be reached."""
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
        context.note(f"{error.what}: lint assumes the oldest supported version; --pg-version names another")
        return None
    context.note(f"lint assumes PostgreSQL {major}, the version of the database")
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
    """Print the result in the requested format, or write it to a file; and write GitHub's summary of the step."""
    from rowkeep.report.formats.by_name import FOR_PEOPLE, format_lint_result

    if statistics and context.output_format not in (*FOR_PEOPLE, "json"):
        raise Misused(
            f"no statistics in the format {context.output_format}",
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
    """Write the summary. A summary that cannot be written does not make the command fail."""
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
            "cannot write the file", code=ErrorCode.FILE_NOT_WRITTEN, where=path, why=error.strerror
        ) from None
