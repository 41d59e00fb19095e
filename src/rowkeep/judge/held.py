"""The locks that a transaction holds so far on tables that somebody else uses."""

from __future__ import annotations

from rowkeep.domain.act import Act
from rowkeep.domain.context import Context
from rowkeep.domain.known import KnownLock
from rowkeep.knowledge.locks import locks


def take(act: Act, context: Context) -> None:
    """Remember the locks of `act` that make writers wait; the strongest on each table counts."""
    for name, mode in locks(act):
        if not mode.blocks_writes or context.is_new(name) or context.is_absent(name):
            continue
        key = context.key(name)
        before = context.known.held.get(key)
        if before is not None and before.transaction == context.transaction and before.mode.strength >= mode.strength:
            continue
        context.known.held[key] = KnownLock(name, mode, context.transaction, act.span)
