"""After a lost connection: opens a new one, and finds out what the old one committed."""

from __future__ import annotations

import time

import psycopg

from rowkeep.database.connection import run_lock
from rowkeep.database.connection.session_policy import apply_session_policy
from rowkeep.database.executor.run_context import RunContext
from rowkeep.domain.event import Noted
from rowkeep.domain.instruction import ConnectionLossResolved, InstructionResult, ResolveConnectionLoss
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import Step
from rowkeep.errors import Refused, Unreachable

RECONNECT_S = 20.0
MINIMUM_S = 2.0
OLD_SESSION_S = 30.0
PAUSE_S = 0.25


def resolve_connection_loss(context: RunContext, instruction: ResolveConnectionLoss) -> InstructionResult:
    """Find out whether the steps are recorded. The run lock says when the old session is gone: it ends with it."""
    context.emit(Noted("the connection was lost; checking what the server did", warning=True))
    try:
        _reconnect(context)
        if not _wait_for_old_session(context):
            return ConnectionLossResolved(None, "the old session still runs; it holds the migration lock")
        return ConnectionLossResolved(_is_recorded(context, instruction.steps), gone=_find_missing_steps(context))
    except (Refused, Unreachable, psycopg.Error) as error:
        return ConnectionLossResolved(None, getattr(error, "why", None) or str(error).strip())


def _reconnect(context: RunContext) -> None:
    until = time.monotonic() + min(RECONNECT_S, max(context.session.silence_s, MINIMUM_S))
    while True:
        try:
            context.session.reopen()
            apply_session_policy(context.session, context.policy)
            return
        except (Unreachable, psycopg.Error):
            if time.monotonic() >= until or context.interrupts.number is not None:
                raise
            time.sleep(PAUSE_S)


def _wait_for_old_session(context: RunContext) -> bool:
    key, began = context.policy.run_lock_key, time.monotonic()
    while not run_lock.try_lock(context.session, key):
        waited = time.monotonic() - began
        if waited >= OLD_SESSION_S or context.interrupts.number is not None:
            return False
        blockers = tuple(holder.blocker for holder in run_lock.find_holders(context.session, key))
        context.watch.emit("the old session to end", waited, blockers)
        time.sleep(PAUSE_S)
    return True


def _find_missing_steps(context: RunContext) -> tuple[str, ...]:
    """The steps that this run committed, as far as the server said, and that are not recorded now."""
    if not context.plan.ledger or not context.recorded:
        return ()
    recorded = _read_recorded(context)
    return tuple(name for name, direction in context.recorded if (name, direction) not in recorded)


def _read_recorded(context: RunContext) -> set[tuple[str, str]]:
    """What the ledger has of this run; nothing if a server without this ledger answers now."""
    try:
        rows = context.session.ask("ledger.recorded_by_run", {"run": context.run})
        return {(name, direction) for name, direction in rows}
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return set()


def _is_recorded(context: RunContext, steps: tuple[Step, ...]) -> bool | None:
    if context.plan.ledger:
        recorded = _read_recorded(context)
        return all((step.name, step.direction.value) in recorded for step in steps)
    directions = {step.direction for step in steps}
    if len(directions) > 1:
        return None
    history = (context.plan.history.schema, context.plan.history.table)
    names = {row[1] for row in context.session.ask("history.rows", history=history)}
    return all((step.name in names) is (step.direction is Direction.UP) for step in steps)
