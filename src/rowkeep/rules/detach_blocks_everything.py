"""DETACH PARTITION without CONCURRENTLY stops every query on the partitioned table.

## When

A partition is detached without `CONCURRENTLY` from a table that existed before this migration.

## Harm

The partitioned table, the partition and the `DEFAULT` partition are locked with `ACCESS EXCLUSIVE`. The lock is short,
but it waits for the longest running query on any partition, and every later query waits behind it.

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

`CONCURRENTLY` cannot run in a transaction; Rowkeep detects that and runs such a migration statement by statement.
PostgreSQL refuses it where the table has a `DEFAULT` partition.

```sql
ALTER TABLE plans DETACH PARTITION plans_2026 CONCURRENTLY;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, TextEdit, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import DetachPartition
from rowkeep.domain.source import Span

RULE = Rule(
    __name__,
    code="L214",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=(
        "squawk:require-concurrent-partition-detach",
        "pgfence:detach-partition",
        "pgls:requireConcurrentDetachPartition",
        "safe-migrate:blocking-partition-mutation",
    ),
    claims=(
        LockClaim("plans", LockMode.ACCESS_EXCLUSIVE),
        LockClaim("plans_2026", LockMode.ACCESS_EXCLUSIVE),
    ),
)


@RULE.on(DetachPartition)
def check(operation: DetachPartition, context: Context) -> Iterator[Violation]:
    """A partition of a table that somebody else uses."""
    if (
        operation.concurrently
        or operation.finalize
        or context.is_new(operation.table)
        or context.is_new(operation.partition)
    ):
        return
    parent = context.table(operation.table)
    has_default = parent is not None and parent.has_default
    hint = f"ALTER TABLE {operation.table} DETACH PARTITION {operation.partition} CONCURRENTLY;"
    if has_default:
        hint = Sentence(
            f"the DEFAULT partition of {operation.table} forbids CONCURRENTLY: detach in its own migration, off-peak"
        )
    yield Violation(
        operation.span,
        f"stops every query on {operation.table} and all its partitions until {operation.partition} is detached",
        hint,
        doubtful=context.is_doubtful(operation.table),
        edits=()
        if has_default or operation.inside
        else (TextEdit(Span(operation.span.end, operation.span.end), " CONCURRENTLY"),),
    )
