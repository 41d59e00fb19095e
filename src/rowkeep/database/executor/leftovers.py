"""Ends what a migration left in the session: temporary objects, cursors, prepared statements, advisory locks."""

from __future__ import annotations

import psycopg

from rowkeep.database.connection import run_lock
from rowkeep.database.executor.run_context import RunContext
from rowkeep.database.executor.script import DISCARD
from rowkeep.domain.event import Noted
from rowkeep.domain.plan import Step

FIRST = ("select", "do", "call", "with", "execute", "discard", "perform", "values")
"""The first words of statements that can acquire or release an advisory lock."""
MOST = 1000
"""A lock counts how often it was acquired; more often than this, it is left to the end of the session."""


def clear_session(context: RunContext, steps: tuple[Step, ...]) -> None:
    """End what the session still holds of these steps. Raises ConnectionLost.

    What cannot be ended here ends with the session.
    """
    if context.has_leftovers:
        context.has_leftovers = False
        context.send([*DISCARD])
        context.session.prepared.clear()
    if any(_may_lock(step) for step in steps):
        _release_advisory_locks(context, steps[-1].name)


def _may_lock(step: Step) -> bool:
    """Whether the step may have acquired or released an advisory lock."""
    if any(piece.function or piece.statement.head[:8].lower().startswith(FIRST) for piece in step.pieces):
        return True
    return "advisory" in step.text.lower()


def _release_advisory_locks(context: RunContext, name: str) -> None:
    """Release the advisory locks that `name` left, and report them; acquire the run lock again if it is gone."""
    session, key = context.session, context.policy.run_lock_key
    try:
        rows = session.ask("run_lock.advisory_locks", {"key": key})
        for class_, object_, kind, mode, is_run_lock in rows:
            if not is_run_lock:
                _release_lock(context, name, class_, object_, kind == 2, mode == "ShareLock")
        if not any(row[4] for row in rows):
            context.lost_run_lock = not run_lock.try_lock(session, key)
            again = "another run has taken it" if context.lost_run_lock else "it was taken again"
            context.emit(Noted(f"{name} has released the migration lock of this run; {again}", warning=True))
    except psycopg.Error as error:
        context.emit(Noted(f"advisory locks could not be looked at: {str(error).strip()}", warning=True))


def _release_lock(context: RunContext, name: str, class_: int, object_: int, pair: bool, shared: bool) -> None:
    key = class_ << 32 | object_
    values = {
        "pair": pair,
        "shared": shared,
        "class": _as_signed(class_, 32),
        "object": _as_signed(object_, 32),
        "key": _as_signed(key, 64),
    }
    shown = f"({values['class']}, {values['object']})" if pair else f"({values['key']})"
    context.emit(Noted(f"{name} did not release the advisory lock {shown}: Rowkeep released it", warning=True))
    for _ in range(MOST):
        context.session.ask("run_lock.release_advisory", values)
        rows = context.session.ask("run_lock.advisory_locks", {"key": context.policy.run_lock_key})
        if not any(row[:3] == (class_, object_, 2 if pair else 1) for row in rows):
            return


def _as_signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value
