"""What forbids a run before anything is sent: the database's state, edited, deleted and late files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from difflib import unified_diff

from rowkeep.domain.count import count_text
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.history.state import LedgerAccess, State
from rowkeep.domain.migration import Direction, Directory, Language
from rowkeep.domain.plan import (
    Action,
    EditState,
    MigrationState,
    MigrationStatus,
    Request,
    Step,
    Survey,
    TransactionMode,
)
from rowkeep.errors import Refused
from rowkeep.plan.choose import Choice

DIFF_LINES = 60
NAMED = 10
LAYOUTS = ("node-pg-migrate", "plain")
"""Layouts whose history is ours: pgmigrations."""
ADD_DOWN = "add `-- Down Migration` and the statements that undo it"


def check_database(state: State) -> None:
    """Refuse a server that cannot be written to, and a ledger that would get a hole."""
    if state.recovering:
        raise Refused(
            "this server is a standby and cannot be changed",
            code=ErrorCode.SERVER_READ_ONLY,
            where=state.database,
            instead=("connect to the primary (target_session_attrs=read-write picks it among several hosts)",),
        )
    if state.read_only:
        raise Refused(
            "this session cannot write",
            code=ErrorCode.SERVER_READ_ONLY,
            where=state.database,
            why="transaction_read_only is on, even with default_transaction_read_only off",
            instead=("rowkeep doctor",),
        )
    if state.access is LedgerAccess.LOCKED:
        raise Refused(
            "the ledger (schema rowkeep) exists, but this role may not write to it",
            code=ErrorCode.LEDGER_PERMISSION_MISSING,
            where=state.database,
            why=f"a run of {state.role} would leave a gap in the history that others rely on",
            instead=(
                f"GRANT USAGE ON SCHEMA rowkeep TO {quote_role(state.role)}",
                f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA rowkeep TO {quote_role(state.role)}",
            ),
        )


def quote_role(name: str) -> str:
    """A role's name as SQL, for a command that the user is to type."""
    return '"' + name.replace('"', '""') + '"'


def check_directory(survey: Survey) -> None:
    """Refuse a directory whose tool keeps another history, and one that was read with a fatal remark."""
    if survey.directory.layout not in LAYOUTS:
        raise Refused(
            f"this directory has the layout of {survey.directory.layout}",
            code=ErrorCode.HISTORY_NOT_SUPPORTED,
            where=survey.directory.path,
            why=_why_not_run(survey.directory),
            instead=(
                "rowkeep lint",
                f"rowkeep import {survey.directory.path} --migrations-dir NEW   (take them over)",
            ),
        )
    _namesakes(survey)
    for remark in survey.directory.obstacles:
        raise Refused(
            remark.message,
            code=ErrorCode.MIGRATION_INVALID,
            where=remark.source.place(remark.span.start) if remark.source.text else remark.source.path,
            excerpt=remark.source.excerpt(remark.span) if remark.source.text else None,
            instead=(
                (f"rowkeep lint {survey.directory.path}   (says what to do about each)",)
                if survey.directory.unread
                else ()
            ),
        )


def _why_not_run(directory: Directory) -> str:
    why = "its history is kept by that tool; Rowkeep lints its migrations and does not run them"
    for migration in directory.migrations:
        if migration.down is not None and migration.down.source.path != migration.path:
            pair = f"{migration.down.source.path} undoes {migration.path}; a down file is never run as a migration"
            return pair if directory.layout == "pairs" else f"{pair}\n{why}"
    return why


def _namesakes(survey: Survey) -> None:
    """Two files of one name, and history knows one of them: the other would be skipped without a word."""
    files = Counter(migration.name for migration in survey.directory.migrations)
    rows = Counter(row.name for row in survey.state.rows)
    for migration in survey.directory.migrations:
        if 0 < rows[migration.name] < files[migration.name]:
            raise Refused(
                f"{files[migration.name]} files are called {migration.name}; history has {rows[migration.name]}",
                code=ErrorCode.DUPLICATE_MIGRATION,
                where=migration.path,
                why="history cannot tell which one was applied",
                instead=("give the file that was not applied another name",),
            )


def check_history(survey: Survey, choice: Choice, request: Request, stored: Mapping[str, str]) -> None:
    """Refuse edits, deletions and late files that nobody has settled by name. stored: applied texts by name."""
    if request.action is Action.UP:
        _check_changed(survey.changed, request, stored)
        _check_missing(survey, request)
        _check_late(survey, choice, request)
    else:
        _check_changed(tuple(item for item, _ in choice if item.edit is EditState.CHANGED), request, stored)
        for standing, direction in choice:
            if direction is Direction.DOWN:
                _undoable(standing)


def check_node_pg_migrate_order(units: tuple[tuple[Step, ...], ...], floor: datetime | None) -> None:
    """Refuse to hand a migration over where its row would fall before others: only our own rows can be put after."""
    handed = [
        step
        for unit in units
        for step in unit
        if step.mode is TransactionMode.HANDED and step.direction is Direction.UP
    ]
    if handed and floor is not None:
        raise Refused(
            f"{handed[0].name} cannot be run by node-pg-migrate now",
            code=ErrorCode.CLOCK_BEHIND_HISTORY,
            where=handed[0].migration.path,
            why=f"it would be recorded with the server's time, which is before the newest row of history ({floor})",
            instead=("wait until the server's clock has passed that time", "rowkeep doctor"),
        )


def _check_changed(changed: tuple[MigrationStatus, ...], request: Request, stored: Mapping[str, str]) -> None:
    open_ones = [standing for standing in changed if standing.name not in request.accepted]
    if not open_ones:
        return
    first = open_ones[0]
    others = ", ".join(standing.name for standing in open_ones[1:])
    raise Refused(
        f"{first.name} was edited after it was applied" + (f" (and so was: {others})" if others else ""),
        code=ErrorCode.CHECKSUM_CHANGED,
        where=first.migration.path if first.migration else None,
        why=text_difference(first, stored.get(first.name)),
        instead=(
            "restore the applied text, and write the change as a new migration: rowkeep create NAME",
            f"rowkeep {request.action.value} --accept {first.name}   (accept the new text as the applied one)",
        ),
    )


def text_difference(standing: MigrationStatus, applied: str | None) -> str:
    """The applied text against the file's, as a unified diff."""
    if applied is None or standing.migration is None:
        return "its tokens differ from those that were applied"
    lines = list(
        unified_diff(
            applied.splitlines(), standing.migration.up.text.splitlines(), "applied", "file", lineterm="", n=2
        )
    )
    more = len(lines) - DIFF_LINES
    return "\n".join(lines[:DIFF_LINES] + ([f"… and {count_text(more, 'more line')}"] if more > 0 else []))


def _check_missing(survey: Survey, request: Request) -> None:
    gone = [item.name for item in survey.of(MigrationState.MISSING) if not is_accepted_as_deleted(item)]
    gone = [name for name in gone if name not in request.accepted]
    if gone:
        raise Refused(
            f"{'a migration is' if len(gone) == 1 else f'{len(gone)} migrations are'} applied, but the file is gone: "
            f"{_check_names(gone)}",
            code=ErrorCode.MIGRATION_FILE_MISSING,
            where=survey.directory.path,
            why="the file was deleted or renamed, or this database was changed from another branch",
            instead=(
                "restore the file (git log --diff-filter=D --name-only)",
                f"rowkeep up --accept {gone[0]}   (accept that the file is gone)",
            ),
        )


def _check_names(names: list[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more (rowkeep status names all)" if more > 0 else "")


def is_accepted_as_deleted(standing: MigrationStatus) -> bool:
    """Whether a person accepted that the file of an applied migration is gone."""
    return standing.record is not None and not standing.record.checksum.raw


def _check_late(survey: Survey, choice: Choice, request: Request) -> None:
    late = [item.name for item, _ in choice if item.late and item.stand is MigrationState.PENDING]
    late = [name for name in late if name not in request.out_of_order]
    if late:
        younger = survey.applied[-1].name
        raise Refused(
            f"{late[0]} is pending, but later migrations are applied (the last is {younger})",
            code=ErrorCode.MIGRATION_OUT_OF_ORDER,
            where=survey.directory.path,
            why="it was merged late, or its row was removed from history" if len(late) == 1 else "also: " + late[1],
            instead=(
                "give the file a later prefix, if no other database has applied it",
                "rowkeep up " + " ".join(f"--out-of-order {name}" for name in late),
            ),
        )


def _undoable(standing: MigrationStatus) -> None:
    if standing.migration is None:
        raise Refused(
            f"{standing.name} cannot be undone: its file is gone",
            code=ErrorCode.MIGRATION_FILE_MISSING,
            instead=("restore the file (git log --diff-filter=D --name-only)", "rowkeep history"),
        )
    if standing.migration.down is None:
        python = standing.migration.language is Language.PYTHON
        add = "add `def down(db):`, which undoes it" if python else ADD_DOWN
        raise Refused(
            f"{standing.name} cannot be undone: it has no down part",
            code=ErrorCode.DOWN_PART_MISSING,
            where=standing.migration.path,
            instead=(add, "rowkeep create NAME"),
        )
