"""Advisory locks that a migration has taken for its session and not given back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from rowkeep.database.connection import run_lock
from rowkeep.domain.event import Noted
from rowkeep.domain.plan import Step

if TYPE_CHECKING:
    from rowkeep.database.executor.run_context import RunContext

FIRST = ("select", "do", "call", "with", "execute", "discard", "perform", "values")
"""What a statement that can take or release such a lock begins with."""
MOST = 1000
"""A lock counts how often it was taken; more often than this it is left to the end of the session."""


def may_lock(step: Step) -> bool:
    """Whether a look for locks is worth a question."""
    if any(piece.function or piece.statement.head[:8].lower().startswith(FIRST) for piece in step.pieces):
        return True
    return "advisory" in step.text.lower()


def release(context: RunContext, name: str) -> None:
    """Give back the advisory locks that `name` has left, and name them; take the run lock again if it is gone."""
    session, key = context.session, context.rules.run_lock_key
    try:
        rows = session.ask("run_lock.advisory_locks", {"key": key})
        for class_, object_, kind, mode, ours in rows:
            if not ours:
                _give_back(context, name, class_, object_, kind == 2, mode == "ShareLock")
        if not any(row[4] for row in rows):
            context.unlocked = not run_lock.try_lock(session, key)
            again = "another run has taken it" if context.unlocked else "it was taken again"
            context.emit(Noted(f"{name} has released the migration lock of this run; {again}", warning=True))
    except psycopg.Error as error:
        context.emit(Noted(f"advisory locks could not be looked at: {str(error).strip()}", warning=True))


def _give_back(context: RunContext, name: str, class_: int, object_: int, pair: bool, shared: bool) -> None:
    key = class_ << 32 | object_
    values = {
        "pair": pair,
        "shared": shared,
        "class": _as_signed(class_, 32),
        "object": _as_signed(object_, 32),
        "key": _as_signed(key, 64),
    }
    called = f"({values['class']}, {values['object']})" if pair else f"({values['key']})"
    context.emit(Noted(f"{name} has left the advisory lock {called} behind: it was released", warning=True))
    for _ in range(MOST):
        context.session.ask("run_lock.release_advisory", values)
        left = context.session.ask("run_lock.advisory_locks", {"key": context.rules.run_lock_key})
        if not any(row[:3] == (class_, object_, 2 if pair else 1) for row in left):
            return


def _as_signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value
