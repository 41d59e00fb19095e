"""What `rowkeep lint` is asked to judge, judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rowkeep import analysis, files
from rowkeep.analysis.suppression.per_file_ignores import drop_ignored
from rowkeep.config import Settings
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.lint.finding import LintResult
from rowkeep.errors import Misused
from rowkeep.files.filesystem.regular import read_regular
from rowkeep.files.select import Selection, select_from_pipe, select_migrations

if TYPE_CHECKING:
    from rowkeep.workflows.attach_fixes import FixFinder


def select_requested(
    paths: Sequence[str], settings: Settings, piped: tuple[str, bytes] | None = None
) -> tuple[Selection, ...]:
    """What the paths name; the project's directory where there are none. piped: a text from stdin, with its name."""
    if piped is not None:
        return (select_from_pipe(*piped, settings.layout, settings.ignore_pattern, settings.migrations_dir),)
    if paths:
        return select_migrations(paths, settings.layout, settings.ignore_pattern, settings.migrations_dir)
    directory = files.read(settings)
    return (Selection(directory, directory.migrations),)


def select_newer(selections: Sequence[Selection], after: str) -> tuple[Selection, ...]:
    """Of each selection what stands behind the migration `after` (its name or its file). Raises Misused without it."""
    found = []
    known = False
    for each in selections:
        names = [migration.name for migration in each.directory.migrations]
        paths = [migration.path for migration in each.directory.migrations]
        at = next((list_.index(after) for list_ in (names, paths) if after in list_), None)
        known = known or at is not None
        late = frozenset(names if at is None else names[at + 1 :])
        found.append(Selection(each.directory, tuple(item for item in each.chosen if item.name in late)))
    if not known:
        raise Misused(
            f"there is no migration {after!r}", code=ErrorCode.UNKNOWN_MIGRATION, instead=("rowkeep status",)
        )
    return tuple(found)


def select_pending(selections: Sequence[Selection], settings: Settings, conninfo: str) -> tuple[Selection, ...]:
    """Of each selection what history does not hold. Raises Unreachable, and Failed where history cannot be read."""
    from rowkeep.database.catalog.state import read_state
    from rowkeep.database.connection.session import connect
    from rowkeep.plan.survey import make_survey

    found = []
    with connect(conninfo) as session:
        state = read_state(session, settings)
    for each in selections:
        names = {standing.name for standing in make_survey(each.directory, state).pending}
        found.append(Selection(each.directory, tuple(item for item in each.chosen if item.name in names)))
    return tuple(found)


def apply_baseline(
    result: LintResult, settings: Settings, selections: Sequence[Selection], options: analysis.LintOptions
) -> LintResult:
    """The verdict without what the baseline of the settings knows. Raises Misused where it cannot be read."""
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
    names = frozenset(migration.name for each in selections for migration in each.chosen)
    home = Path(settings.migrations_dir).resolve()
    whole = any(
        Path(each.directory.path).resolve() == home and each.chosen == each.directory.migrations for each in selections
    )
    return subtract_baseline(result, parse_baseline(path, text), options, names, whole=whole)


def analyze_selections(
    selections: Sequence[Selection], options: analysis.LintOptions, settings: Settings, fixes: FixFinder | None = None
) -> LintResult:
    """Every chosen migration, judged in the light of what stands before it in its directory.

    fixes: looks for edits that answer a finding, in the same pass.
    """
    verdicts: list[LintResult] = []
    for directory, chosen in ((each.directory, each.chosen) for each in selections):
        remarks = directory.remarks if chosen == directory.migrations else ()
        only = frozenset(migration.name for migration in chosen)
        if fixes is not None:
            fixes.begin(directory)
        on_section = fixes.on_section if fixes is not None else None
        verdicts.append(analysis.analyze(directory.migrations, replace(options, only=only), remarks, on_section))
    findings = tuple(finding for result in verdicts for finding in result.findings)
    whole = LintResult(findings, sum(result.judged for result in verdicts))
    return drop_ignored(whole, settings.rules_per_file_ignores)


def require_migrations(paths: Sequence[str], settings: Settings, unread: Sequence[str] = ()) -> Misused:
    """No migration where some were expected: that is no success. unread: SQL files that lie there all the same."""
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
