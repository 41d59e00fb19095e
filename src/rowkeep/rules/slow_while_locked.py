"""Something slow runs while the transaction keeps a table locked.

## When

The transaction holds a lock that stops writes to a table that existed before, and then reads, copies or changes a
whole table, refreshes a materialized view, or sleeps. Statements that are slow by themselves (an index build, a
rewrite) have their own rules.

## Harm

A lock lasts to the end of its transaction: an `ALTER TABLE` of a millisecond blocks the application for as long as
everything after it takes.

## Given

```sql
CREATE TABLE customers (id bigint PRIMARY KEY, phone text);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, total numeric);
```

## Unsafe

```sql
ALTER TABLE customers ADD COLUMN IF NOT EXISTS orders_placed int;
UPDATE customers SET orders_placed = 0;
```

```sql
ALTER TABLE customers ADD COLUMN IF NOT EXISTS orders_placed int;
CREATE TABLE IF NOT EXISTS report AS SELECT customer_id, count(*) FROM orders GROUP BY customer_id;
```

```sql
ALTER TABLE customers ADD COLUMN IF NOT EXISTS orders_placed int;
SELECT pg_sleep(1);
```

## Safe

Put what is slow into its own migration.

```sql
ALTER TABLE customers ADD COLUMN IF NOT EXISTS orders_placed int;
-- in the next migration:
UPDATE customers SET orders_placed = 0 WHERE id BETWEEN 1 AND 5000;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import (
    CallFunction,
    Delete,
    Insert,
    Merge,
    Name,
    Operation,
    Read,
    Refresh,
    RowReach,
    Update,
)
from rowkeep.knowledge.catalogs import is_catalog

RULE = Rule(
    __name__,
    code="L302",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=(
        "eugene:E4",
        "pgfence:statement-after-access-exclusive",
        "pgls:runningStatementWhileHoldingAccessExclusive",
    ),
    claims=(LockClaim("customers", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)

_SLEEPS = ("pg_sleep", "pg_sleep_for", "pg_sleep_until")


@RULE.on(Update)
@RULE.on(Delete)
def check_change(operation: Update | Delete, context: Context) -> Iterator[Violation]:
    """A change of all rows, or of an unknown number."""
    if (
        operation.where.reach is RowReach.NONE
        or operation.where.picks
        or operation.limited
        or context.is_new(operation.table)
    ):
        return
    verb = "changes" if isinstance(operation, Update) else "deletes"
    everything = operation.where.reach is RowReach.ALL
    some = "" if everything else " that match its WHERE"
    yield from _check_locks(operation, context, f"{verb} all rows of {operation.table}{some}", sure=everything)


@RULE.on(Merge)
def check_merge(operation: Merge, context: Context) -> Iterator[Violation]:
    """A MERGE reads both its tables."""
    if not context.is_new(operation.table):
        yield from _check_locks(
            operation, context, f"merges into {operation.table}", sure=operation.on.reach is RowReach.ALL
        )


@RULE.on(Insert)
def check_insert(operation: Insert, context: Context) -> Iterator[Violation]:
    """INSERT … SELECT."""
    read = _find_whole_tables(operation.reads, operation, context)
    if read:
        yield from _check_locks(
            operation, context, f"copies from {read[0]}", sure=operation.where.reach is RowReach.ALL
        )


@RULE.on(Read)
def check_query(operation: Read, context: Context) -> Iterator[Violation]:
    """A query over whole tables, also that of a CREATE TABLE AS."""
    read = () if operation.limited else _find_whole_tables(operation.tables, operation, context)
    if read:
        yield from _check_locks(operation, context, f"reads {read[0]}", sure=operation.where.reach is RowReach.ALL)


@RULE.on(Refresh)
def check_refresh(operation: Refresh, context: Context) -> Iterator[Violation]:
    """REFRESH … CONCURRENTLY too: it runs the query."""
    if operation.with_data:
        yield from _check_locks(operation, context, f"computes {operation.view}", sure=False)


@RULE.on(CallFunction)
def check_sleep(operation: CallFunction, context: Context) -> Iterator[Violation]:
    """pg_sleep() and its like."""
    if operation.call.name.name in _SLEEPS:
        yield from _check_locks(operation, context, "sleeps", sure=True)


def _find_whole_tables(tables: tuple[Name, ...], operation: Insert | Read, context: Context) -> tuple[Name, ...]:
    """Find the tables of others that it may read from end to end."""
    if operation.where.reach is RowReach.NONE or operation.where.picks:
        return ()
    return tuple(name for name in tables if not context.is_new(name) and not is_catalog(name))


def _check_locks(operation: Operation, context: Context, does: str, *, sure: bool) -> Iterator[Violation]:
    held = [lock for lock in context.locked if lock.span != operation.span]
    if not held:
        return
    worst = max(held, key=lambda lock: lock.mode.strength)
    stops = "every query on" if worst.mode is LockMode.ACCESS_EXCLUSIVE else "every write to"
    names = _shorten([str(lock.table) for lock in held if lock.mode is worst.mode])
    yield Violation(
        operation.span,
        f"{does} while {stops} {names} waits for this transaction to end",
        Sentence("move the statement into the next migration"),
        doubtful=not sure or all(context.is_doubtful(lock.table) for lock in held),
    )


def _shorten(names: list[str]) -> str:
    """Name the first three, and count the others."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
