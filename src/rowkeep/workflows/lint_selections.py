"""Which migrations lint analyzes, with which options, and the analysis of them. All ways to lint end here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rowkeep import files
from rowkeep.analysis import LintOptions, analyze
from rowkeep.analysis.analyzer import OnSection
from rowkeep.analysis.options import OLDEST
from rowkeep.config import Settings
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import replace
from rowkeep.domain.lint.finding import LintResult
from rowkeep.domain.migration import Directory
from rowkeep.errors import Misused
from rowkeep.files.filesystem.regular import read_regular, real_path
from rowkeep.files.select import DirectoryReader, Selection, select_from_pipe, select_migrations

if TYPE_CHECKING:
    from rowkeep.workflows.attach_fixes import FixFinder
    from rowkeep.workflows.editor.lint_memory import LintMemory
    from rowkeep.workflows.live_facts import LiveSelection


def lint_options(
    settings: Settings,
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    major: int | None = None,
    only: Collection[str] | None = None,
    live: LiveSelection | None = None,
    accepted: Mapping[str, str] | None = None,
) -> LintOptions:
    """The options of one analysis.

    select: rules in place of those of the settings. ignore: rules beside those of the settings. major: of the server
    (default: the configured one, else the oldest supported). only: names of the migrations that are analyzed (default:
    all). live: what the database holds. accepted: the reason for each name of what may be lost.
    """
    return LintOptions(
        select or settings.rules_select,
        (*ignore, *settings.rules_ignore),
        settings.rules_severity,
        major or settings.pg_version or OLDEST,
        only,
        live.live if live is not None else None,
        live.applied if live is not None else (),
        live.unfinished if live is not None else (),
        settings.small_table_bytes,
        accepted or {},
        settings.schemas,
    )


def select_requested(
    paths: Sequence[str],
    settings: Settings,
    text: tuple[str, bytes] | None = None,
    reader: DirectoryReader = files,
) -> tuple[Selection, ...]:
    """What the paths name; the project's directory where there are none. text: in place of files, with its name."""
    layout, ignore, home = settings.layout, settings.ignore_pattern, settings.migrations_dir
    if text is not None:
        return (select_from_pipe(*text, layout, ignore, home, reader),)
    if paths:
        return select_migrations(paths, layout, ignore, home, reader)
    directory = reader.read_directory(home, layout, ignore)
    return (Selection(directory, directory.migrations),)


def find_unread(selections: Sequence[Selection], paths: Sequence[str]) -> tuple[str, ...]:
    """SQL files in the selected directories that no layout reads. None, where the paths name files alone."""
    if paths and not any(Path(path).is_dir() for path in paths):
        return ()
    return tuple(dict.fromkeys(path for selection in selections for path in selection.directory.unread))


def select_newer(selections: Sequence[Selection], after: str) -> tuple[Selection, ...]:
    """Of each selection the migrations after `after` (a name or a file). Raises Misused where there is no such one."""
    newer = []
    known = False
    for selection in selections:
        names = [migration.name for migration in selection.directory.migrations]
        paths = [migration.path for migration in selection.directory.migrations]
        at = next((list_.index(after) for list_ in (names, paths) if after in list_), None)
        known = known or at is not None
        newer.append(_narrow(selection, names if at is None else names[at + 1 :]))
    if not known:
        raise Misused(
            f"there is no migration {after!r}", code=ErrorCode.UNKNOWN_MIGRATION, instead=("rowkeep status",)
        )
    return tuple(newer)


def select_pending(selections: Sequence[Selection], settings: Settings, conninfo: str) -> tuple[Selection, ...]:
    """Of each selection the pending migrations. Raises Unreachable, and Failed where the history cannot be read."""
    from rowkeep.database.catalog.state import read_state
    from rowkeep.database.connection.session import connect
    from rowkeep.plan.survey import make_survey

    with connect(conninfo) as session:
        state = read_state(session, settings)
    return tuple(
        _narrow(selection, [standing.name for standing in make_survey(selection.directory, state).pending])
        for selection in selections
    )


def drop_applied(selections: Sequence[Selection], applied: Collection[str]) -> tuple[tuple[Selection, ...], int]:
    """The selections without the migrations in `applied`, and how many those are."""
    names = frozenset(applied)
    left = tuple(
        Selection(selection.directory, tuple(item for item in selection.chosen if item.name not in names))
        for selection in selections
    )
    return left, sum(len(selection.chosen) for selection in selections) - sum(len(item.chosen) for item in left)


def _narrow(selection: Selection, names: Collection[str]) -> Selection:
    kept = frozenset(names)
    return Selection(selection.directory, tuple(item for item in selection.chosen if item.name in kept))


def read_again(selections: Sequence[Selection], changed: Sequence[str], settings: Settings) -> tuple[Selection, ...]:
    """The selected migrations as they are on disk now, and the new files among `changed`.

    A migration that is the same as before stays the same value, and is not parsed again.
    """
    paths = [migration.path for selection in selections for migration in selection.chosen]
    before = {migration: migration for selection in selections for migration in selection.directory.migrations}
    again = select_migrations(
        tuple(dict.fromkeys((*paths, *changed))), settings.layout, settings.ignore_pattern, settings.migrations_dir
    )
    return tuple(
        Selection(
            replace(
                selection.directory,
                migrations=tuple(before.get(item, item) for item in selection.directory.migrations),
            ),
            tuple(before.get(item, item) for item in selection.chosen),
        )
        for selection in again
    )


def analyze_directory(
    directory: Directory,
    options: LintOptions,
    settings: Settings,
    *,
    with_remarks: bool = True,
    on_section: OnSection | None = None,
    memory: LintMemory | None = None,
) -> LintResult:
    """The findings in the migrations that `options.only` names; those before them are read for the schema they make.

    with_remarks: report what was noticed about the directory itself, too. on_section: as of `analyze`. memory: of
    earlier requests.
    """
    remarks = directory.remarks if with_remarks else ()
    result = None
    if memory is not None and on_section is None:
        result = memory.analyze(directory.path, directory.migrations, options, remarks)
    if result is None:
        result = analyze(directory.migrations, options, remarks, on_section)
    if not settings.rules_per_file_ignores:
        return result
    from rowkeep.analysis.suppression.per_file_ignores import drop_ignored

    return drop_ignored(result, settings.rules_per_file_ignores)


def analyze_selections(
    selections: Sequence[Selection],
    options: LintOptions,
    settings: Settings,
    fixes: FixFinder | None = None,
    memory: LintMemory | None = None,
) -> LintResult:
    """The findings in all selected migrations. fixes: finds the edits that fix a finding, in the same pass. memory: of
    earlier requests."""
    results: list[LintResult] = []
    for selection in selections:
        directory, chosen = selection.directory, selection.chosen
        if fixes is not None:
            fixes.begin(directory)
        results.append(
            analyze_directory(
                directory,
                replace(options, only=frozenset(migration.name for migration in chosen)),
                settings,
                with_remarks=chosen == directory.migrations,
                on_section=fixes.on_section if fixes is not None else None,
                memory=memory,
            )
        )
    findings = tuple(finding for result in results for finding in result.findings)
    return LintResult(findings, sum(result.analyzed for result in results))


def apply_baseline(
    result: LintResult, settings: Settings, selections: Sequence[Selection], options: LintOptions
) -> LintResult:
    """The result without the findings in the baseline of the settings. Raises Misused where it cannot be read."""
    if settings.baseline is None:
        return result
    from rowkeep.analysis.suppression.lint_baseline import parse_baseline, subtract_baseline

    path = settings.baseline
    try:
        text = read_regular(Path(path)).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no UTF-8 text"
        again = f"rowkeep lint --write-baseline --baseline {path}"
        raise Misused(
            "the baseline cannot be read", code=ErrorCode.BASELINE_INVALID, where=path, why=why, instead=(again,)
        ) from None
    names = frozenset(migration.name for selection in selections for migration in selection.chosen)
    home = real_path(Path(settings.migrations_dir))
    whole = any(
        real_path(Path(selection.directory.path)) == home and selection.chosen == selection.directory.migrations
        for selection in selections
    )
    return subtract_baseline(result, parse_baseline(path, text), options, names, whole=whole)


def no_migrations(paths: Sequence[str], settings: Settings, unread: Sequence[str] = ()) -> Misused:
    """The error where there is no migration to lint. unread: SQL files that are there all the same."""
    from rowkeep.report.lint.unread_folders import unread_steps, unread_words

    where = ", ".join(paths) or settings.migrations_dir
    if unread:
        steps = unread_steps(unread, paths[0] if paths else settings.migrations_dir, settings.ignore_pattern)
        return Misused(
            f"no migration in {where} that can be read",
            code=ErrorCode.NO_MIGRATIONS,
            why=unread_words(unread),
            instead=steps,
        )
    return Misused(
        f"no migration in {where}", code=ErrorCode.NO_MIGRATIONS, instead=("rowkeep lint PATH", "rowkeep create NAME")
    )
