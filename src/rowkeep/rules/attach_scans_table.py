"""ATTACH PARTITION reads the whole table if no CHECK proves its bounds.

## When

A table with rows is attached as a partition, and it has no valid `CHECK` that keeps its rows within the bounds. Or the
parent has a `DEFAULT` partition, and that has no valid `CHECK` that keeps its rows out of the bounds.

## Harm

PostgreSQL reads the whole new partition, or the whole `DEFAULT` partition, under an `ACCESS EXCLUSIVE` lock: every
query that touches it waits, also through the parent.

## Given

```sql
CREATE TABLE events (day date NOT NULL, what text) PARTITION BY RANGE (day);
CREATE TABLE events_2027 (day date NOT NULL, what text);
INSERT INTO events_2027 VALUES ('2027-05-01', 'click');
```

## Unsafe

```sql
ALTER TABLE events ATTACH PARTITION events_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
```

## Safe

Prove the bounds first, while the application continues to work. For the `DEFAULT` partition the condition is `CHECK
(day < '2027-01-01' OR day >= '2028-01-01')`.

```sql
ALTER TABLE events_2027 ADD CONSTRAINT events_2027_days
  CHECK (day >= '2027-01-01' AND day < '2028-01-01') NOT VALID;
-- in the next migration:
ALTER TABLE events_2027 VALIDATE CONSTRAINT events_2027_days;
-- in the next migration:
ALTER TABLE events ATTACH PARTITION events_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AttachPartition, Expression
from rowkeep.domain.schema.schema_state import KnownTable
from rowkeep.knowledge.forms.attach import (
    attach_statement,
    condition_within,
    default_partition,
    prove_check,
    prove_default,
    write_bounds,
)
from rowkeep.knowledge.forms.recipes import NEXT, join_names
from rowkeep.knowledge.partitions import excludes_bound, implies_bound

RULE = Rule(
    __name__,
    code="L213",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=("pgfence:attach-partition", "pgls:avoidAttachingPartition", "safe-migrate:blocking-partition-mutation"),
    claims=(LockClaim("events_2027", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)


@RULE.on(AttachPartition)
def check_partition(operation: AttachPartition, context: Context) -> Iterator[Violation]:
    """The table that becomes a partition."""
    table = context.table(operation.partition)
    fresh = table is not None and table.made == context.number and not table.is_written
    if fresh and context.is_new(operation.partition):
        return
    if operation.bound is not None and _is_proven(operation, table):
        return
    parent = context.table(operation.table)
    # Nothing proves a DEFAULT or HASH partition but the bounds of all the others: its condition is a placeholder.
    condition = condition_within(operation.bound, parent.partition_by if parent is not None else None)
    proof = prove_check(operation.partition, join_names(operation.partition.name, "bounds"), condition)
    yield Violation(
        operation.span,
        f"reads all of {operation.partition} under a lock that stops every query on it: no CHECK proves its bounds",
        f"{proof}\n{NEXT}\n"
        + attach_statement(operation.table, operation.partition, write_bounds(operation, context)),
        # IF NOT EXISTS may have found it, and rows in it.
        faint=fresh,
    )


@RULE.on(AttachPartition)
def check_default(operation: AttachPartition, context: Context) -> Iterator[Violation]:
    """The DEFAULT partition, which may hold rows of the new one."""
    parent = context.table(operation.table)
    if parent is None or not parent.has_default or operation.is_default or operation.bound is None:
        return
    other = default_partition(parent, context)
    if other is None or (other.made == context.number and other.is_certain and not other.is_written):
        return
    if excludes_bound(operation.bound, _list_conditions(other)):
        return
    name = other.key[1]
    yield Violation(
        operation.span,
        f"reads all of {name}, the DEFAULT partition of {operation.table}, under a lock that stops every query on it",
        f"{prove_default(other, operation.partition, operation.bound, parent.partition_by)}\n{NEXT}\n"
        + attach_statement(operation.table, operation.partition, write_bounds(operation, context)),
    )


def _is_proven(operation: AttachPartition, table: KnownTable | None) -> bool:
    """Whether a CHECK proves the bounds of columns without NULL: a NULL would pass the CHECK and not belong here."""
    if table is None or operation.bound is None:
        return False
    filled = {name for check in _list_conditions(table) for name in check.not_null}
    for check in _list_conditions(table):
        if implies_bound(operation.bound, (check,)):
            columns = (
                table.columns.get(comparison.column)
                for comparison in check.compares
                if comparison.column not in filled
            )
            if all(column is None or column.is_not_null for column in columns):
                return True
    return False


def _list_conditions(table: KnownTable) -> list[Expression]:
    """The conditions of its valid CHECKs."""
    found = (known.constraint.expression for known in table.constraints if known.is_valid)
    return [expression for expression in found if expression is not None]
