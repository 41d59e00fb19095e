"""Something slow runs while the transaction keeps a table locked.

## When

The transaction holds a lock that stops the writers of a table that was there before, and then reads, copies or changes
a whole table, refreshes a materialized view, or sleeps. Statements that are slow by themselves (an index build, a
rewrite) have rules of their own.

## Harm

A lock lasts to the end of its transaction: an `ALTER TABLE` of a millisecond stops the application for as long as
everything behind it takes.

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

What is slow is a migration of its own.

```sql
ALTER TABLE customers ADD COLUMN IF NOT EXISTS orders_placed int;
-- next migration
UPDATE customers SET orders_placed = 0 WHERE id BETWEEN 1 AND 5000;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import Act, CallFunction, Delete, Insert, Merge, Name, Reach, Read, Refresh, Update
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule
from rowkeep.knowledge.catalogs import is_catalog

RULE = Rule(
    __name__,
    code="L302",
    promise=Promise.LOCK,
    severity=Severity.ERROR,
    peers=(
        "eugene:E4",
        "pgfence:statement-after-access-exclusive",
        "pgls:runningStatementWhileHoldingAccessExclusive",
    ),
    claims=(Claim("customers", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)

_SLEEPS = ("pg_sleep", "pg_sleep_for", "pg_sleep_until")


@RULE.on(Update)
@RULE.on(Delete)
def change(act: Update | Delete, context: Context) -> Iterator[Fault]:
    """A change of all rows, or of who knows how many."""
    if act.where.reach is Reach.NONE or act.where.picks or act.limited or context.is_new(act.table):
        return
    verb = "changes" if isinstance(act, Update) else "deletes"
    everything = act.where.reach is Reach.ALL
    some = "" if everything else " that match its WHERE"
    yield from _while_locked(act, context, f"{verb} all rows of {act.table}{some}", sure=everything)


@RULE.on(Merge)
def merge(act: Merge, context: Context) -> Iterator[Fault]:
    """A MERGE reads both its tables."""
    if not context.is_new(act.table):
        yield from _while_locked(act, context, f"merges into {act.table}", sure=act.on.reach is Reach.ALL)


@RULE.on(Insert)
def insert(act: Insert, context: Context) -> Iterator[Fault]:
    """INSERT … SELECT."""
    read = _whole(act.reads, act, context)
    if read:
        yield from _while_locked(act, context, f"copies from {read[0]}", sure=act.where.reach is Reach.ALL)


@RULE.on(Read)
def query(act: Read, context: Context) -> Iterator[Fault]:
    """A query over whole tables, also that of a CREATE TABLE AS."""
    read = () if act.limited else _whole(act.tables, act, context)
    if read:
        yield from _while_locked(act, context, f"reads {read[0]}", sure=act.where.reach is Reach.ALL)


@RULE.on(Refresh)
def refresh(act: Refresh, context: Context) -> Iterator[Fault]:
    """REFRESH … CONCURRENTLY too: it runs the query."""
    if act.with_data:
        yield from _while_locked(act, context, f"computes {act.view}", sure=False)


@RULE.on(CallFunction)
def sleep(act: CallFunction, context: Context) -> Iterator[Fault]:
    """pg_sleep() and its like."""
    if act.call.name.name in _SLEEPS:
        yield from _while_locked(act, context, "sleeps", sure=True)


def _whole(tables: tuple[Name, ...], act: Insert | Read, context: Context) -> tuple[Name, ...]:
    """The tables of others that it may read from end to end."""
    if act.where.reach is Reach.NONE or act.where.picks:
        return ()
    return tuple(name for name in tables if not context.is_new(name) and not is_catalog(name))


def _while_locked(act: Act, context: Context, does: str, *, sure: bool) -> Iterator[Fault]:
    held = [each for each in context.locked if each.span != act.span]
    if not held:
        return
    worst = max(held, key=lambda each: each.mode.strength)
    stops = "every query on" if worst.mode is LockMode.ACCESS_EXCLUSIVE else "every write to"
    names = _some([str(each.table) for each in held if each.mode is worst.mode])
    yield Fault(
        act.span,
        f"{does} while {stops} {names} waits for this transaction to end",
        "-- next migration, and the statement in it",
        doubtful=not sure or all(context.is_doubtful(each.table) for each in held),
    )


def _some(names: list[str]) -> str:
    """The first three, and how many more."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
