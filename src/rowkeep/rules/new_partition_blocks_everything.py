"""CREATE TABLE … PARTITION OF stops every query on the partitioned table.

## When

`CREATE TABLE … PARTITION OF` a table that existed before this migration. Where the migrations show that the parent has
no `DEFAULT` partition, it is one step softer.

## Harm

The partitioned table is locked with `ACCESS EXCLUSIVE`: the lock waits for the longest running query on any partition,
and every later query waits behind it. A `DEFAULT` partition is locked as well, and read from end to end.

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

Create the table separately and attach it: the partitioned table then stays in use.

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
from rowkeep.domain.operation import CreateTable, Name
from rowkeep.knowledge.forms.attach import (
    attach_statement,
    condition_within,
    default_partition,
    prove_default,
    write_bounds,
)
from rowkeep.knowledge.forms.recipes import NEXT, join_names

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
    """A partition of a table that somebody else uses."""
    parent = operation.partition_of
    if parent is None or context.is_new(parent):
        return
    known = context.table(parent)
    default = " and reads its DEFAULT partition" if known is not None and known.has_default else ""
    yield Violation(
        operation.span,
        f"stops every query on {parent} and all its partitions{default}",
        _write_steps(operation, parent, context),
        # Without a DEFAULT partition nothing is read, and the lock lasts a moment.
        doubtful=(known is not None and known.made is not None and not default) or context.is_doubtful(parent),
    )


def _write_steps(operation: CreateTable, parent: Name, context: Context) -> str:
    """Create the table separately, prove its bounds while it is empty, and attach it."""
    known = context.table(parent)
    partition_by = known.partition_by if known is not None else None
    condition = condition_within(operation.bound, partition_by)
    proof = ""
    default = default_partition(known, context) if known is not None and not operation.is_default else None
    if default is not None:
        proof = f"{prove_default(default, operation.table, operation.bound, partition_by)}\n{NEXT}\n"
    check = f"ADD CONSTRAINT {join_names(operation.table.name, 'bounds')} CHECK ({condition});\n"
    return (
        f"{proof}CREATE TABLE IF NOT EXISTS {operation.table} (LIKE {parent} INCLUDING ALL);\n"
        + (f"ALTER TABLE {operation.table} {check}" if not operation.is_default else "")
        + attach_statement(parent, operation.table, write_bounds(operation, context))
    )
