"""Checks before a lock is requested: nobody queues behind a request that is made only when the lock is free."""

from __future__ import annotations

import select
import time
from collections.abc import Iterable

from rowkeep.database.executor.blockers import WEAKEST_CONFLICT
from rowkeep.database.executor.run_context import RunContext
from rowkeep.domain.event import Blocker
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.operation import CreateTable
from rowkeep.domain.plan import Step
from rowkeep.domain.statement import Statement
from rowkeep.knowledge.locks import locks_of

CHECK_INTERVAL_S = 0.08

NeededLocks = dict[tuple[str | None, str], LockMode]
"""Tables, by schema and name, and the strongest lock that will be requested on each."""


def find_needed_locks(statements: Iterable[Statement]) -> NeededLocks:
    """The locks that make others wait, on tables that these statements do not create themselves."""
    locks: NeededLocks = {}
    created: set[str] = set()
    for statement in statements:
        for operation in statement.operations:
            if operation.is_stored:
                continue
            if isinstance(operation, CreateTable):
                created.add(operation.table.name)
            for name, mode in locks_of(operation):
                key = (name.schema, name.name)
                if mode not in WEAKEST_CONFLICT or name.is_unknown or name.name in created:
                    continue
                if key not in locks or locks[key].strength < mode.strength:
                    locks[key] = mode
    return locks


def needed_locks_of_steps(context: RunContext, steps: tuple[Step, ...]) -> NeededLocks:
    """The locks of a transaction, without those of migrations that set lock_timeout themselves.

    Tables that this run created are left out: nobody else has been using them for long.
    """
    locks = find_needed_locks(piece.statement for step in steps if not step.own_lock_timeout for piece in step.pieces)
    return {key: mode for key, mode in locks.items() if key[1] not in context.created_tables}


def tables_created_by(steps: tuple[Step, ...]) -> frozenset[str]:
    """The names of the tables that these steps create."""
    return frozenset(
        operation.table.name
        for step in steps
        for piece in step.pieces
        for operation in piece.statement.operations
        if isinstance(operation, CreateTable)
    )


def wait_until_free(context: RunContext, tables: NeededLocks, what: str, began: float) -> tuple[Blocker, ...]:
    """Wait until nobody is in the way of these locks, or the deadline is over, or a signal came.

    A session that finishes within the time of one attempt (`lock_timeout_ms`) is not in the way. Neither is an
    autovacuum: it cancels itself only for a session that requests the lock. Returns who was in the way.
    """
    blockers: tuple[Blocker, ...] = ()
    before: frozenset[str] = frozenset()
    while tables:
        conflicting = context.watch.find_conflicting(tables, context.policy.schemas)
        if not conflicting:
            break
        short = context.policy.lock_timeout_ms / 1000
        # A plain role cannot see since when others are active; a session that is seen twice has been there for long.
        long = tuple(
            blocker
            for blocker, virtual in conflicting
            if virtual in before or (blocker.age is not None and blocker.age > short)
        )
        if not long and before:
            break
        before = frozenset(virtual for _, virtual in conflicting)
        waited = time.monotonic() - began
        if long:
            blockers = long
            context.watch.emit(what, waited, long)
            if context.policy.cancel_blockers:
                context.watch.cancel(long)
        if waited >= context.policy.lock_deadline_s:
            break
        if select.select([context.interrupts.wakes], [], [], CHECK_INTERVAL_S)[0]:
            break
    return blockers
