"""The locks that a transaction holds so far on tables that somebody else uses."""

from __future__ import annotations

from rowkeep.domain.act import Act, DropConstraint, DropObject, Name, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.known import KnownLock
from rowkeep.domain.lock import LockMode
from rowkeep.knowledge.locks import locks


def take(act: Act, context: Context) -> None:
    """Remember the locks of `act` that make writers wait; the strongest on each table counts."""
    unnamed = _unnamed(act, context)
    if unnamed:
        context.known.unnamed[context.number, context.direction, act.span] = unnamed
    for name, mode in (*locks(act), *((name, LockMode.ACCESS_EXCLUSIVE) for name in unnamed)):
        if not mode.blocks_writes or context.is_new(name) or context.is_absent(name):
            continue
        key = context.key(name)
        before = context.known.held.get(key)
        if before is not None and before.transaction == context.transaction and before.mode.strength >= mode.strength:
            continue
        context.known.held[key] = KnownLock(name, mode, context.transaction, act.span)


def _unnamed(act: Act, context: Context) -> tuple[Name, ...]:
    """The table of an index that is dropped, and the other table of a foreign key that is dropped."""
    match act:
        case DropObject(kind=ObjectKind.INDEX, name=name, concurrently=False):
            index = context.index(name)
            return (Name(index.table[1], index.table[0]),) if index is not None else ()
        case DropConstraint(table=table, constraint=name):
            known = context.table(table)
            key = known.constraint(name) if known is not None else None
            other = key.constraint.refers_to if key is not None else None
            return (other,) if other is not None and not context.same(other, table) else ()
    return ()
