"""Lint: a request goes in, a result comes out. The command prints it; everything else is done here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from rowkeep.analysis import LintOptions
from rowkeep.analysis.options import OLDEST
from rowkeep.config import Settings
from rowkeep.domain.count import count_text
from rowkeep.domain.enumeration import Enum
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass, replace
from rowkeep.domain.lint.finding import InspectedDatabase, LintResult
from rowkeep.domain.migration import Directory
from rowkeep.errors import Misused
from rowkeep.files.select import Selection
from rowkeep.workflows.lint_selections import (
    analyze_directory,
    analyze_selections,
    apply_baseline,
    drop_applied,
    find_unread,
    lint_options,
    no_migrations,
    read_again,
    select_newer,
    select_pending,
    select_requested,
)

if TYPE_CHECKING:
    from rowkeep.domain.event import Event
    from rowkeep.domain.lint.fix_result import FixResult
    from rowkeep.workflows.editor.lint_memory import LintMemory
    from rowkeep.workflows.live_facts import LiveSelection

Selections = tuple[Selection, ...]


class FixMode(Enum):
    """What to do with the safe form of a migration."""

    SHOW = "show"
    """Only find it. Nothing is analyzed or written."""
    WRITE = "write"
    """Write it, and lint what was written."""


@dataclass(frozen=True, slots=True)
class LintRequest:
    """What to lint, and how.

    paths: files and directories (default: the project's migrations). text: a name and bytes in place of files.
    select: rules and groups in place of those of the settings; ignore: beside those of the settings. major: the oldest
    server that the migrations must run on (default: that of `database`, else the configured one).

    after: only migrations after this one (a name or a path). pending_only: only migrations that `history` does not
    have. database: a connection string; lint takes into account what this database holds, and leaves applied
    migrations out, unless paths or a text were given or include_applied is set. history: the connection string of the
    database that knows which migrations are applied (default: `database`).

    witness: run the migrations on a throw-away server. fix: rewrite them into safe steps. with_edits: add to each
    finding the edits of its file that fix it. ignore_baseline: report known findings, too.
    """

    settings: Settings
    paths: tuple[str, ...] = ()
    text: tuple[str, bytes] | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    major: int | None = None
    after: str | None = None
    pending_only: bool = False
    include_applied: bool = False
    database: str | None = None
    history: str | None = None
    witness: bool = False
    fix: FixMode | None = None
    with_edits: bool = False
    ignore_baseline: bool = False

    @property
    def names_migrations(self) -> bool:
        """Whether the request itself says which migrations are meant, applied or not."""
        return bool(self.paths) or self.text is not None or self.include_applied


class LintObserver:
    """What lint reports while it runs, and what it asks. This one is silent and confirms nothing."""

    def emit(self, event: Event) -> None:
        """An event of the throw-away server."""

    def note(self, text: str) -> None:
        """A remark about how the request was done."""

    def show_fix(self, fix: FixResult) -> None:
        """The changes that a fix would make, before anything is written."""

    def confirm_not_applied(self, fix: FixResult) -> None:
        """No database says whether the changed migrations are applied. Raise Misused unless somebody does."""
        raise Misused(
            "cannot tell which migrations may be changed",
            code=ErrorCode.APPLIED_UNKNOWN,
            why="an applied migration must not change, and no database is configured that knows what is applied",
            instead=("rowkeep lint --fix PATHS",),
        )


SILENT = LintObserver()


def lint(request: LintRequest, observer: LintObserver = SILENT, memory: LintMemory | None = None) -> LintResult:
    """All findings in what the request names. memory: of earlier requests, which makes this one faster.

    Raises Misused where there is nothing to lint or the request contradicts itself; Unreachable and Failed where a
    database cannot be read; ProgramMissing where no throw-away server can be had.
    """
    settings = request.settings
    _check(request)
    options = lint_options(settings, select=request.select, ignore=request.ignore, major=request.major)
    _note_download(options.major, observer)
    if memory is None:
        selections = select_requested(request.paths, settings, request.text)
    else:
        selections = select_requested(request.paths, settings, request.text, memory.files)
    unread = find_unread(selections, request.paths)
    if not any(selection.chosen for selection in selections):
        raise no_migrations(request.paths, settings, unread)
    if request.after is not None:
        selections = select_newer(selections, request.after)
    if request.pending_only:
        selections = select_pending(selections, settings, _history_of(request))
    database = None
    if request.database is not None:
        selections, options, database = _read_database(request, request.database, selections, options, observer)
    fix = None
    if request.fix is not None:
        fix = _fix(request, selections, options, observer)
        if request.fix is FixMode.SHOW:
            return LintResult((), 0, unread=unread, database=database, fix=fix)
        selections = read_again(selections, [file.path for file in fix.files], settings)
    result = _analyze(request, selections, options, observer, memory)
    return replace(result, unread=unread, database=database, fix=fix)


def lint_directory(
    directory: Directory,
    settings: Settings,
    *,
    major: int | None = None,
    only: Collection[str] | None = None,
    live: LiveSelection | None = None,
) -> LintResult:
    """All findings in a directory that was read already.

    major: of the server (default: the configured one). only: names of the migrations to analyze (default: all). live:
    what the database holds.
    """
    return analyze_directory(directory, lint_options(settings, major=major, only=only, live=live), settings)


def _check(request: LintRequest) -> None:
    """Raise Misused for a request that contradicts itself."""
    if request.include_applied and request.pending_only:
        raise Misused("give --new-only or --all, not both", code=ErrorCode.INVALID_USAGE)
    if request.text is not None and request.paths:
        raise Misused(
            "give stdin or paths, not both",
            code=ErrorCode.INVALID_USAGE,
            instead=("rowkeep lint --stdin", "rowkeep lint PATHS"),
        )
    if request.text is not None and request.fix is not None:
        raise Misused(
            "text from stdin has no file to fix",
            code=ErrorCode.INVALID_USAGE,
            instead=("rowkeep lint --fix PATHS",),
        )


def _history_of(request: LintRequest) -> str:
    """The connection string of the database that knows what is applied. Raises Misused where there is none."""
    history = request.history if request.history is not None else request.database
    if history is None:
        raise Misused("no database is named", code=ErrorCode.DATABASE_NOT_NAMED, instead=("--database URL",))
    return history


def _note_download(major: int, observer: LintObserver) -> None:
    if major == OLDEST:
        return
    from rowkeep.knowledge.program_locations import COMING

    if major >= COMING:
        from rowkeep.report.tools import describe_download

        observer.note(describe_download(major))


def _read_database(
    request: LintRequest, conninfo: str, selections: Selections, options: LintOptions, observer: LintObserver
) -> tuple[Selections, LintOptions, InspectedDatabase]:
    """The selections without what is applied, and the options with what the database holds."""
    from rowkeep.workflows.live_facts import read_live_selection

    facts = read_live_selection(selections, request.settings, conninfo)
    live = facts.live
    for words in live.unseen:
        observer.note(f"not readable, and treated as unknown: {words}")
    if not request.names_migrations:
        selections, applied = drop_applied(selections, facts.applied)
        if applied:
            are = "is" if applied == 1 else "are"
            skipped = f"{count_text(applied, 'applied migration')} {are} skipped"
            observer.note(f"{skipped}; --all includes applied migrations")
    options = lint_options(
        request.settings,
        select=request.select,
        ignore=request.ignore,
        major=request.major or live.major,
        live=facts,
    )
    return selections, options, InspectedDatabase(live.database, live.major, len(live.tables), live.unseen)


def _fix(request: LintRequest, selections: Selections, options: LintOptions, observer: LintObserver) -> FixResult:
    """Rewrite the selected migrations, and write them where the request says so. An applied one is never changed."""
    from rowkeep.files.filesystem.write_set import write_changes
    from rowkeep.workflows.fix import fix_migrations

    knows_applied = request.history is not None or request.database is not None
    if knows_applied:
        pending = select_pending(selections, request.settings, _history_of(request))
        applied = _missing_paths(selections, pending)
        if request.paths and applied:
            raise Misused(
                "applied migrations are never changed",
                code=ErrorCode.MIGRATION_ALREADY_APPLIED,
                where=", ".join(applied),
                instead=(
                    "rowkeep lint --fix   (all pending ones)",
                    "rowkeep create NAME   (a migration that follows)",
                ),
            )
        selections = pending
    fix = fix_migrations(selections, options, request.settings)
    observer.show_fix(fix)
    if not fix.files:
        observer.note("nothing to fix")
    elif request.fix is FixMode.WRITE:
        if not knows_applied and not request.paths:
            observer.confirm_not_applied(fix)
        write_changes([(file.path, file.old, file.new) for file in fix.files])
        observer.note(f"{fix.answered} fixed in {count_text(len(fix.files), 'file')}")
    return fix


def _missing_paths(selections: Sequence[Selection], left: Sequence[Selection]) -> list[str]:
    """Paths of the selected migrations that are not among those that are left."""
    paths = {migration.path for selection in left for migration in selection.chosen}
    return [
        migration.path for selection in selections for migration in selection.chosen if migration.path not in paths
    ]


def _analyze(
    request: LintRequest,
    selections: Selections,
    options: LintOptions,
    observer: LintObserver,
    memory: LintMemory | None,
) -> LintResult:
    """Analyze the selected migrations, ask the witness, and leave out what the baseline knows."""
    fixes = None
    if request.with_edits:
        from rowkeep.workflows.attach_fixes import FixFinder

        fixes = FixFinder(options.major)
    result = analyze_selections(selections, options, request.settings, fixes, memory)
    if request.witness:
        from rowkeep.workflows.witness import weigh_with_witness

        result = weigh_with_witness(result, selections, options, request.settings, observer.emit)
    if not request.ignore_baseline:
        result = apply_baseline(result, request.settings, selections, options)
    return result if fixes is None else fixes.attach(result)
