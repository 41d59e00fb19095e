"""Looking before locking: nobody queues behind a lock that is asked for only when it is to be had."""

from __future__ import annotations

import select
import time
from collections.abc import Iterable

import psycopg

from rowkeep.database.executor.blockers import LEAST
from rowkeep.database.executor.run_context import RunContext
from rowkeep.domain.doctor_facts import Collation
from rowkeep.domain.event import Blocker, Noted
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.operation import CreateTable, Delete, Merge, Update
from rowkeep.domain.plan import Step
from rowkeep.domain.statement import Statement
from rowkeep.knowledge.locks import locks_of

LOOK_S = 0.08
"""Between two looks."""

Wanted = dict[tuple[str | None, str], LockMode]
"""Tables, by schema and name, and the strongest lock that is going to be asked for."""


def find_needed_locks(statements: Iterable[Statement]) -> Wanted:
    """The locks that make others wait, on tables that these statements do not make themselves."""
    found: Wanted = {}
    made: set[str] = set()
    for statement in statements:
        for operation in statement.operations:
            if operation.is_stored:
                continue
            if isinstance(operation, CreateTable):
                made.add(operation.table.name)
            for name, mode in locks_of(operation):
                key = (name.schema, name.name)
                if mode not in LEAST or name.is_unknown or name.name in made:
                    continue
                if key not in found or found[key].strength < mode.strength:
                    found[key] = mode
    return found


def needed_locks_of_steps(context: RunContext, steps: tuple[Step, ...]) -> Wanted:
    """As `wanted`, for a transaction. A migration that says itself how long it waits for locks is left to it.

    Nobody else has used a table for long that this run has made.
    """
    found = find_needed_locks(piece.statement for step in steps if not step.own_lock_timeout for piece in step.pieces)
    fresh = {key: mode for key, mode in found.items() if key[1] not in context.made}
    context.made.update(
        operation.table.name
        for step in steps
        for piece in step.pieces
        for operation in piece.statement.operations
        if isinstance(operation, CreateTable)
    )
    return fresh


def wait_until_free(context: RunContext, tables: Wanted, what: str, began: float) -> tuple[Blocker, ...]:
    """Wait until nobody is in the way of these locks, or the deadline is reached, or a signal came.

    Whoever is done within the time of one try (`lock_timeout_ms`) is not in the way, and an autovacuum steps aside
    only for one who asks. Returns who was seen.
    """
    seen: tuple[Blocker, ...] = ()
    before: frozenset[str] = frozenset()
    while tables:
        found = context.watch.in_the_way(tables, context.rules.schemas)
        if not found:
            break
        short = context.rules.lock_timeout_ms / 1000
        # A plain role does not learn since when others are at work; who is seen twice has been there long.
        long = tuple(who for who, virtual in found if virtual in before or (who.age is not None and who.age > short))
        if not long and before:
            break
        before = frozenset(virtual for _, virtual in found)
        waited = time.monotonic() - began
        if long:
            seen = long
            context.watch.emit(what, waited, long)
            if context.rules.cancel_blockers:
                context.watch.cancel(long)
        if waited >= context.rules.lock_deadline_s:
            break
        if select.select([context.interrupts.wakes], [], [], LOOK_S)[0]:
            break
    return seen


def warn_about_standbys(context: RunContext) -> None:
    """Say so where readers of a standby will wait: the lock is replayed there, and nothing set here limits that."""
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


def warn_of_settings(context: RunContext) -> None:
    """Say so where a setting that is set aside was somebody's wish, and where one could not be set aside."""
    before = context.session.own.before
    if before["default_transaction_read_only"] == "on":
        context.emit(
            Noted(
                "default_transaction_read_only is on for this role or database: it is set aside, this run writes",
                warning=True,
            )
        )
    role = before["session_replication_role"]
    if role != "origin" and "session_replication_role" not in context.session.own.ours:
        context.emit(
            Noted(
                f"session_replication_role is {role} for this role, and only a superuser may set it aside: "
                "foreign keys are not checked and triggers do not fire in this run",
                warning=True,
            )
        )


def warn_of_collations(context: RunContext) -> None:
    """Say so where text sorts otherwise than when indexes were built: what a migration looks up may not be found."""
    moved = []
    try:
        if context.session.major >= 15:
            now, recorded = context.session.ask("doctor.database_collation_from15")[0]
            if recorded and now != recorded:
                moved.append(f"the database's own, from {recorded} to {now or 'none'}")
        for row in context.session.ask("doctor.collations"):
            one = Collation(*row)
            if one.moved and one.indexes:
                moved.append(f"{one.name}, from {one.recorded} to {one.now or 'none'}")
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


def warn_of_hidden_rows(context: RunContext) -> None:
    """Say so where row security hides rows from this role: an UPDATE or DELETE then changes fewer rows, or none."""
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
        "path": list(context.rules.schemas),
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
