"""CREATE TABLE … PARTITION OF stops everybody who uses the partitioned table.

## When

A partition is created in its place under a table that was there before this migration. Where the migrations tell that
the parent has no `DEFAULT` partition, it is one step softer.

## Harm

The partitioned table is locked with `ACCESS EXCLUSIVE`: the lock waits for the longest query that runs on any
partition, and every later query waits behind it. A `DEFAULT` partition is locked as well, and read from end to end.

## Given

```sql
CREATE TABLE events (day date NOT NULL, what text) PARTITION BY RANGE (day);
CREATE TABLE events_default PARTITION OF events DEFAULT;
INSERT INTO events_default VALUES ('2020-05-01', 'click');
```

## Unsafe

```sql
CREATE TABLE IF NOT EXISTS events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
```

## Safe

Create it apart and attach it: the partitioned table then goes on working.

```sql
CREATE TABLE IF NOT EXISTS events_2027 (LIKE events INCLUDING ALL);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import CreateTable

RULE = Rule(
    __name__,
    code="L215",
    category=Category.LOCK,
    severity=Severity.ERROR,
    claims=(
        LockClaim("events", LockMode.ACCESS_EXCLUSIVE),
        LockClaim("events_default", LockMode.ACCESS_EXCLUSIVE, scans=True),
    ),
)


@RULE.on(CreateTable)
def check(operation: CreateTable, context: Context) -> Iterator[Violation]:
    """A partition of a table that somebody else knows."""
    parent = operation.partition_of
    if parent is None or context.is_new(parent):
        return
    known = context.table(parent)
    default = " and reads its DEFAULT partition" if known is not None and known.has_default else ""
    yield Violation(
        operation.span,
        f"stops every query on {parent} and all its partitions{default}",
        f"CREATE TABLE IF NOT EXISTS {operation.table} (LIKE {parent} INCLUDING ALL);\n"
        f"ALTER TABLE {operation.table} ADD CONSTRAINT … CHECK (the bounds);\n"
        f"ALTER TABLE {parent} ATTACH PARTITION {operation.table} …;",
        # Without a DEFAULT partition nothing is read, and the lock lasts a moment.
        doubtful=(known is not None and known.made is not None and not default) or context.is_doubtful(parent),
    )
