"""Checks before a lock is requested: nobody queues behind a request that is made only when the lock is free."""

from __future__ import annotations

import select
import time
from collections.abc import Iterable

import psycopg

from rowkeep.database.executor.blockers import WEAKEST_CONFLICT
from rowkeep.database.executor.run_context import RunContext
from rowkeep.domain.doctor_facts import Collation
from rowkeep.domain.event import Blocker, Noted
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.operation import CreateTable, Delete, Merge, Update
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


def warn_about_standbys(context: RunContext) -> None:
    """Warn if readers on a standby will wait: the lock is replayed there, and no setting of this run limits that."""
    if (
        LockMode.ACCESS_EXCLUSIVE
        not in find_needed_locks(p.statement for step in context.plan.steps for p in step.pieces).values()
    ):
        return
    try:
        standbys = [name for (name,) in context.session.ask("locks.standbys")]
    except psycopg.Error:
        return
    if standbys:
        context.emit(
            Noted(
                f"{len(standbys)} standby(s) follow this server ({', '.join(dict.fromkeys(standbys))}): a long query "
                "there makes every other reader of the changed table wait until it ends or "
                "max_standby_streaming_delay has passed; lock_timeout does not reach that far",
                warning=True,
            )
        )


def warn_about_settings(context: RunContext) -> None:
    """Warn about a role's setting that this run overrides, and about one that it cannot override."""
    before = context.session.own.before
    if before["default_transaction_read_only"] == "on":
        context.emit(
            Noted(
                "default_transaction_read_only is on for this role or database: this run overrides it, and writes",
                warning=True,
            )
        )
    role = before["session_replication_role"]
    if role != "origin" and "session_replication_role" not in context.session.own.ours:
        context.emit(
            Noted(
                f"session_replication_role is {role} for this role, and only a superuser may override it: "
                "foreign keys are not checked and triggers do not fire in this run",
                warning=True,
            )
        )


def warn_about_collations(context: RunContext) -> None:
    """Warn if text sorts differently than when indexes were built: lookups may miss rows."""
    moved = []
    try:
        if context.session.major >= 15:
            now, recorded = context.session.ask("doctor.database_collation_from15")[0]
            if recorded and now != recorded:
                moved.append(f"the database's own, from {recorded} to {now or 'none'}")
        for row in context.session.ask("doctor.collations"):
            collation = Collation(*row)
            if collation.moved and collation.indexes:
                moved.append(f"{collation.name}, from {collation.recorded} to {collation.now or 'none'}")
    except psycopg.Error:
        return
    if moved:
        context.emit(
            Noted(
                f"the version of a collation has changed since indexes were built ({'; '.join(moved)}): they may be "
                "out of order, so that rows are not found and unique keys are there twice; `rowkeep doctor` says "
                "what to do",
                warning=True,
            )
        )


def warn_about_hidden_rows(context: RunContext) -> None:
    """Warn if row security hides rows from this role: an UPDATE or DELETE then changes fewer rows, or none."""
    statements = (piece.statement for step in context.plan.steps for piece in step.pieces)
    operations = (
        operation
        for statement in statements
        for operation in statement.operations
        if isinstance(operation, Update | Delete | Merge)
    )
    tables = {
        (operation.table.schema, operation.table.name) for operation in operations if not operation.table.is_unknown
    }
    if not tables:
        return
    values = {
        "names": [name for _, name in tables],
        "schemas": [schema for schema, _ in tables],
        "path": list(context.policy.schemas),
    }
    try:
        rows = context.session.ask("locks.hidden_rows", values)
    except psycopg.Error:
        return
    for schema, name, forced in rows:
        why = "FORCE ROW LEVEL SECURITY holds for its owner too" if forced else "this role is not its owner"
        context.emit(
            Noted(
                f"row security hides rows of {schema}.{name} from this role ({why}): an UPDATE or DELETE changes only "
                "the rows that its policies show, perhaps none; a role with BYPASSRLS sees all",
                warning=True,
            )
        )
