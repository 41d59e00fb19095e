"""The locks that a transaction holds so far on tables that somebody else uses."""

from __future__ import annotations

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.operation import DropConstraint, DropObject, Name, ObjectKind, Operation
from rowkeep.domain.schema.schema_state import KnownLock
from rowkeep.knowledge.locks import locks_of


def track_locks(operation: Operation, context: Context) -> None:
    """Record the locks of `operation` that make writers wait; the strongest on each table counts."""
    unnamed = _implied_tables(operation, context)
    if unnamed:
        context.known.unnamed[context.number, context.direction, operation.span] = unnamed
    for name, mode in (*locks_of(operation), *((name, LockMode.ACCESS_EXCLUSIVE) for name in unnamed)):
        if not mode.blocks_writes or context.is_new(name) or context.is_absent(name):
            continue
        key = context.key(name)
        before = context.known.held.get(key)
        if before is not None and before.transaction == context.transaction and before.mode.strength >= mode.strength:
            continue
        context.known.held[key] = KnownLock(name, mode, context.transaction, operation.span)


def _implied_tables(operation: Operation, context: Context) -> tuple[Name, ...]:
    """The table of an index that is dropped, and the other table of a foreign key that is dropped."""
    match operation:
        case DropObject(kind=ObjectKind.INDEX, name=name, concurrently=False):
            index = context.index(name)
            return (Name(index.table[1], index.table[0]),) if index is not None else ()
        case DropConstraint(table=table, constraint=name):
            known = context.table(table)
            key = known.constraint(name) if known is not None else None
            other = key.constraint.refers_to if key is not None else None
            return (other,) if other is not None and not context.same(other, table) else ()
    return ()
