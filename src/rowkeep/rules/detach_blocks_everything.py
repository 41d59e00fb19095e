"""DETACH PARTITION without CONCURRENTLY stops everybody who uses the partitioned table.

## When

A partition is detached without `CONCURRENTLY` from a table that was there before this migration.

## Harm

The partitioned table, the partition and the `DEFAULT` partition are locked with `ACCESS EXCLUSIVE`. The lock is short,
but it waits for the longest query that runs on any partition, and every later query waits behind it.

## Given

```sql
CREATE TABLE plans (year int NOT NULL, words text) PARTITION BY RANGE (year);
CREATE TABLE plans_2026 PARTITION OF plans FOR VALUES FROM (2026) TO (2027);
```

## Unsafe

```sql
ALTER TABLE plans DETACH PARTITION plans_2026;
```

## Safe

`CONCURRENTLY` cannot run in a transaction; Rowkeep sees that and runs such a migration statement by statement. It is
refused where the table has a `DEFAULT` partition.

```sql
ALTER TABLE plans DETACH PARTITION plans_2026 CONCURRENTLY;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import DetachPartition
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Edit, Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule
from rowkeep.domain.source import Span

RULE = Rule(
    __name__,
    code="L214",
    promise=Promise.LOCK,
    severity=Severity.ERROR,
    peers=(
        "squawk:require-concurrent-partition-detach",
        "pgfence:detach-partition",
        "pgls:requireConcurrentDetachPartition",
        "safe-migrate:blocking-partition-mutation",
    ),
    claims=(
        Claim("plans", LockMode.ACCESS_EXCLUSIVE),
        Claim("plans_2026", LockMode.ACCESS_EXCLUSIVE),
    ),
)


@RULE.on(DetachPartition)
def check(act: DetachPartition, context: Context) -> Iterator[Fault]:
    """A partition of a table that somebody else knows."""
    if act.concurrently or act.finalize or context.is_new(act.table) or context.is_new(act.partition):
        return
    parent = context.table(act.table)
    has_default = parent is not None and parent.has_default
    repair = f"ALTER TABLE {act.table} DETACH PARTITION {act.partition} CONCURRENTLY;"
    if has_default:
        repair = f"(the DEFAULT partition of {act.table} forbids CONCURRENTLY: do it alone, in the quiet hours)"
    yield Fault(
        act.span,
        f"stops every query on {act.table} and all its partitions until {act.partition} is detached",
        repair,
        doubtful=context.is_doubtful(act.table),
        edits=() if has_default or act.inside else (Edit(Span(act.span.end, act.span.end), " CONCURRENTLY"),),
    )
