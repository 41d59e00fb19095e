"""Survey + request -> the plan: units of steps, in order, with everything that was objected to already refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.history.ledger import Checkpoint, Checksum
from rowkeep.domain.history.state import LedgerAccess, State
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import (
    Action,
    EditState,
    FirstSighting,
    MigrationState,
    MigrationStatus,
    Plan,
    Request,
    Step,
    Survey,
    TransactionMode,
)
from rowkeep.errors import Refused
from rowkeep.plan import objections
from rowkeep.plan.choose import Choice, choose_migrations, refuse_unfinished
from rowkeep.plan.survey import section_checksum


def make_plan(survey: Survey, request: Request, stored: Mapping[str, str] | None = None) -> Plan:
    """What to do. stored: applied texts by migration name, for the difference of edited ones.

    Raises Refused, Misused or Unparsable before anything is sent; a plan without units means that nothing is to do.
    """
    state = survey.state
    objections.check_database(state)
    objections.check_directory(survey)
    choice = choose_migrations(survey, request)
    refuse_unfinished(survey, choice)
    objections.check_history(survey, choice, request, stored or {})
    _refuse_duplicates(choice)
    units = _group_steps(request.action, _make_steps(choice, hand_over=request.hand_over)) if choice else ()
    _require_ledger(units, state)
    objections.check_node_pg_migrate_order(units, run_on_floor(state))
    chosen = {item.name for item, _ in choice}
    ledger = state.access in (LedgerAccess.WRITABLE, LedgerAccess.ABSENT)
    learned = find_first_sightings(survey, request) if ledger else ()
    return Plan(
        request.action,
        state.database,
        state.history,
        units,
        create_history=not state.history_exists,
        ledger=ledger,
        edition=state.edition,
        ledger_schema=state.ledger_schema,
        floor=run_on_floor(state),
        settled=learned,
        notes=_collect_notes(survey),
        warnings=_collect_warnings(survey, units),
        repeat=request.repeat,
        settles=any(item.accepted and item.name in request.accepted for item in learned),
        left_pending=sum(item.name not in chosen for item in survey.pending),
        directory=survey.directory,
    )


def _make_steps(choice: Choice, *, hand_over: bool) -> tuple[Step, ...]:
    # The parser is large; without anything to run it is not needed.
    from rowkeep.plan.steps import make_step

    return tuple(
        make_step(item, direction, _checkpoints_of(item, direction), hand_over=hand_over) for item, direction in choice
    )


def _checkpoints_of(standing: MigrationStatus, direction: Direction) -> tuple[Checkpoint, ...]:
    begun = Direction.UP if standing.stand is MigrationState.UNFINISHED else Direction.DOWN
    return standing.checkpoints if begun is direction else ()


def _refuse_duplicates(choice: Choice) -> None:
    seen: dict[str, str] = {}
    for standing, direction in choice:
        if standing.migration is None or direction is Direction.DOWN:
            continue
        if standing.name in seen:
            raise Refused(
                f"two files have the migration name {standing.name}",
                code=ErrorCode.DUPLICATE_MIGRATION,
                where=standing.migration.path,
                why=f"the other one is {seen[standing.name]}; history knows migrations by name only",
                instead=("rename one of them",),
            )
        seen[standing.name] = standing.migration.path


def _group_steps(action: Action, steps: tuple[Step, ...]) -> tuple[tuple[Step, ...], ...]:
    """One transaction for each migration. `redo` is one as a whole: when its up fails, things are as they were."""
    if action is Action.REDO and steps and all(item.mode is TransactionMode.TOGETHER for item in steps):
        return (steps,)
    return tuple((item,) for item in steps)


def _require_ledger(units: tuple[tuple[Step, ...], ...], state: State) -> None:
    if state.access is not LedgerAccess.FORBIDDEN:
        return
    for item in (one for unit in units for one in unit if one.mode is TransactionMode.ALONE):
        raise Refused(
            f"{item.name} cannot run in one transaction, and without the ledger it could not be resumed",
            code=ErrorCode.LEDGER_MISSING,
            where=item.migration.path,
            why=f"{item.why}; the role {state.role} may not create the schema rowkeep",
            instead=(f"CREATE SCHEMA rowkeep AUTHORIZATION {objections.quote_role(state.role)}   (as the owner)",),
        )


def run_on_floor(state: State) -> datetime | None:
    """The `run_on` under which no new row may fall, where the server's clock is behind the newest one."""
    return state.newest if state.newest is not None and state.newest > state.now else None


def find_first_sightings(survey: Survey, request: Request) -> tuple[FirstSighting, ...]:
    """What the ledger learns beside the steps: first sight of others' migrations, and edits that are accepted."""
    learned = []
    for item in survey.standings:
        if item.row is None:
            continue
        if item.stand is MigrationState.MISSING:
            if item.name in request.accepted and not objections.is_accepted_as_deleted(item):
                learned.append(FirstSighting(item.name, item.row, Checksum("", ""), "", accepted=True))
            continue
        if item.migration is None:
            continue
        text = item.migration.up.text
        accepted = item.edit is EditState.COMMENT or (item.edit is EditState.CHANGED and item.name in request.accepted)
        if accepted or item.record is None:
            known = section_checksum(text, item.migration.language)
            learned.append(FirstSighting(item.name, item.row, known, text, accepted=accepted))
    return tuple(learned)


def _collect_notes(survey: Survey) -> tuple[str, ...]:
    return tuple(
        f"{item.name}: only comments or layout were edited since it was applied; accepted"
        for item in survey.standings
        if item.edit is EditState.COMMENT
    )


def _collect_warnings(survey: Survey, units: tuple[tuple[Step, ...], ...]) -> tuple[str, ...]:
    state, said = survey.state, []
    if units and state.access is LedgerAccess.FORBIDDEN:
        said.append(
            f"the role {state.role} may not create the schema rowkeep: only {state.history.key} is kept (no "
            "checksums, no durations). The owner can type: "
            f"CREATE SCHEMA rowkeep AUTHORIZATION {objections.quote_role(state.role)}"
        )
    if units and run_on_floor(state) is not None:
        said.append(
            f"the newest row of {state.history.key} is from {state.newest}, later than the server's clock "
            f"({state.now}, {state.time_zone}): a clock or a time zone stepped back. New rows get that time, so that "
            "the order holds"
        )
    misplaced = [item.name for item in survey.standings if item.misplaced]
    if misplaced:
        said.append(f"applied out of order: {', '.join(misplaced)}; node-pg-migrate will want --no-check-order")
    said += [
        remark.message for remark in survey.directory.remarks if remark.kind in ("nested-folder", "template-file")
    ]
    return tuple(said)
