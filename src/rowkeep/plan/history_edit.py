"""Survey + wish -> a settlement: what history and ledger will say, without running anything."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from rowkeep.domain.count import count_text
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import replace
from rowkeep.domain.history.history_edit import HistoryAction, HistoryEdit, HistoryRequest, InsertedRow, RemovedRow
from rowkeep.domain.history.ledger import Checksum
from rowkeep.domain.history.state import LedgerAccess
from rowkeep.domain.migration import Migration
from rowkeep.domain.plan import Action, MigrationState, MigrationStatus, Plan, Request, Survey
from rowkeep.errors import Misused, Refused
from rowkeep.plan import objections
from rowkeep.plan.names import find_migration
from rowkeep.plan.plan import find_first_sightings, run_on_floor
from rowkeep.plan.survey import section_checksum

BEFORE = timedelta(seconds=1)


def plan_history_edit(survey: Survey, request: HistoryRequest) -> HistoryEdit:
    """What to write. Raises Refused or Misused; a settlement that is idle means that all is so already."""
    objections.check_database(survey.state)
    objections.check_directory(survey)
    _require_reason(survey, request)
    names = _names(survey, request)
    match request.matter:
        case HistoryAction.ACCEPT:
            return _plan_accept(survey, request, names)
        case HistoryAction.APPLIED:
            return _plan_mark_applied(survey, request, names)
        case HistoryAction.UNAPPLIED:
            return _plan_mark_unapplied(survey, request, names)
        case HistoryAction.BASELINE:
            return _baseline(survey, request, names[0])


def _require_reason(survey: Survey, request: HistoryRequest) -> None:
    if not request.because.strip():
        raise Misused(
            "a reason is needed",
            code=ErrorCode.REASON_MISSING,
            instead=(f"rowkeep {request.matter.value} … --because 'why it is right'",),
        )
    if survey.state.access is LedgerAccess.FORBIDDEN:
        role = objections.quote_role(survey.state.role)
        raise Refused(
            "the reason could not be recorded: there is no ledger, and this role may not create one",
            code=ErrorCode.LEDGER_MISSING,
            where=survey.state.database,
            instead=(f"CREATE SCHEMA rowkeep AUTHORIZATION {role}   (as the owner)",),
        )


def _names(survey: Survey, request: HistoryRequest) -> list[str]:
    """The migrations that are meant, each once, in the order of files and history."""
    migrations = survey.directory.migrations
    known = [item.name for item in survey.standings]
    meant = {find_migration(word, known, migrations) for word in request.names}
    return [name for name in known if name in meant]


def _plan_accept(survey: Survey, request: HistoryRequest, names: list[str]) -> HistoryEdit:
    for item in _standing(survey, names):
        if item.row is None:
            raise Refused(
                f"{item.name} is not applied: there is nothing to accept",
                code=ErrorCode.MIGRATION_NOT_APPLIED,
                instead=("rowkeep status",),
            )
    return HistoryEdit(request, _frame(survey, request, accepted=frozenset(names)))


def _plan_mark_applied(survey: Survey, request: HistoryRequest, names: list[str]) -> HistoryEdit:
    entered = tuple(
        _entry(item.migration, _turn(survey, item))
        for item in _standing(survey, names)
        if item.row is None and item.migration is not None
    )
    return HistoryEdit(request, _frame(survey, request), entered)


def _plan_mark_unapplied(survey: Survey, request: HistoryRequest, names: list[str]) -> HistoryEdit:
    removed = []
    for item in _standing(survey, names):
        if item.row is None:
            if item.checkpoints:
                raise Refused(
                    f"{item.name} is half done",
                    code=ErrorCode.MIGRATION_UNFINISHED,
                    instead=(f"rowkeep up {item.name}", "rowkeep status"),
                )
            continue
        known = item.record.checksum if item.record else Checksum("", "")
        removed.append(RemovedRow(item.name, item.row, known))
    left = [item.name for item in survey.applied if item.name not in names]
    order = [item.name for item in survey.standings if item.migration is not None]
    early = [
        one.name for one in removed if one.name in order and any(_younger(order, name, one.name) for name in left)
    ]
    warnings = (
        (f"older than others that stay applied: {', '.join(early)}; node-pg-migrate will want --no-check-order",)
        if early
        else ()
    )
    return HistoryEdit(
        request, _frame(survey, request, without=frozenset(names)), removed=tuple(removed), warnings=warnings
    )


def _younger(order: list[str], name: str, than: str) -> bool:
    return name in order and order.index(name) > order.index(than)


def _baseline(survey: Survey, request: HistoryRequest, name: str) -> HistoryEdit:
    migrations = survey.directory.migrations
    names = [migration.name for migration in migrations]
    if name not in names:
        raise Refused(
            f"{name} has no file",
            code=ErrorCode.MIGRATION_FILE_MISSING,
            where=survey.directory.path,
            instead=("rowkeep status",),
        )
    covered = names[: names.index(name) + 1]
    held = [row.name for row in survey.state.rows]
    if held != covered[: len(held)]:
        odd = next(one for number, one in enumerate(held) if number >= len(covered) or one != covered[number])
        raise Refused(
            f"history is not empty, and does not match a baseline at {name}",
            code=ErrorCode.HISTORY_CONFLICT,
            where=survey.state.history.key,
            why=f"it holds {count_text(len(held), 'migration')}; {odd} is not where the files up to {name} have it",
            instead=("rowkeep status", "rowkeep mark applied NAME… --because REASON   (single ones)"),
        )
    begun = next((item for item in survey.standings if item.checkpoints), None)
    if begun is not None:
        raise Refused(
            f"{begun.name} is half done and must be finished first",
            code=ErrorCode.MIGRATION_UNFINISHED,
            instead=("rowkeep status",),
        )
    entered = tuple(_entry(migration, None) for migration in migrations[len(held) : len(covered)])
    return HistoryEdit(request, _frame(survey, request), entered)


def _standing(survey: Survey, names: Iterable[str]) -> list[MigrationStatus]:
    found = {item.name: item for item in survey.standings}
    return [found[name] for name in names]


def _entry(migration: Migration, run_on: datetime | None) -> InsertedRow:
    text = migration.up.text
    return InsertedRow(migration.name, section_checksum(text, migration.language), text, run_on)


def _turn(survey: Survey, item: MigrationStatus) -> datetime | None:
    """The `run_on` that gives a late migration its turn; None where it is the last one anyway.

    History is ordered by (run_on, id), and a new row has the highest id: the time of its predecessor puts it right
    after that one. Raises Refused where the row after it has that time too.
    """
    if not item.late or item.row is not None:
        return None
    place = survey.standings.index(item)
    before = [one.row for one in survey.standings[:place] if one.row is not None]
    after = [one.row for one in survey.standings[place:] if one.row is not None]
    if not after:
        return None
    if any(one.misplaced for one in survey.standings):
        return None
    if not before:
        return after[0].run_on - BEFORE
    if before[-1].run_on < after[0].run_on:
        return before[-1].run_on
    younger = [one.name for one in survey.applied[survey.applied.index(_with(survey, after[0].id)) :]]
    again = " ".join([item.name, *younger])
    raise Refused(
        f"{item.name} has no place in history: {after[0].name} has the same time as {before[-1].name}",
        code=ErrorCode.HISTORY_CONFLICT,
        where=survey.state.history.key,
        why="rows with the same time are ordered by their number, and a new row gets the highest",
        instead=(
            f"rowkeep mark unapplied {' '.join(younger)} --because 'to make room'",
            f"then: rowkeep mark applied {again} --because …",
        ),
    )


def _with(survey: Survey, row: int) -> MigrationStatus:
    return next(item for item in survey.applied if item.row is not None and item.row.id == row)


def _frame(
    survey: Survey,
    request: HistoryRequest,
    *,
    accepted: frozenset[str] = frozenset(),
    without: frozenset[str] = frozenset(),
) -> Plan:
    """A plan without steps. The ledger learns of rows that others wrote, and of what is accepted."""
    state = survey.state
    learned = [
        replace(item, because=request.because if item.name in accepted and item.accepted else None)
        for item in find_first_sightings(survey, Request(accepted=accepted))
        if item.name not in without
    ]
    return Plan(
        Action.UP,
        state.database,
        state.history,
        (),
        create_history=not state.history_exists,
        edition=state.edition,
        floor=run_on_floor(state),
        settled=tuple(learned),
        left_pending=sum(item.stand is not MigrationState.UNFINISHED for item in survey.pending),
    )
