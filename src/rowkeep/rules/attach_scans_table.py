"""ATTACH PARTITION reads what no CHECK has proven.

## When

A table with rows is attached as a partition, and no valid `CHECK` of it says that its rows lie within the bounds; or
the parent has a `DEFAULT` partition, and no valid `CHECK` of that one says that none of its rows does.

## Harm

PostgreSQL reads the new partition, or the `DEFAULT` one, from end to end, under an `ACCESS EXCLUSIVE` lock on it:
every query that touches it waits, through the parent too.

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

Prove it first, while everybody goes on. The same for the `DEFAULT` partition:
`CHECK (day < '2027-01-01' OR day >= '2028-01-01')`.

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
def partition(operation: AttachPartition, context: Context) -> Iterator[Violation]:
    """The table that becomes a partition."""
    table = context.table(operation.partition)
    fresh = table is not None and table.made == context.number and not table.is_written
    if fresh and context.is_new(operation.partition):
        return
    if operation.bound is not None and _is_proven(operation, table):
        return
    if operation.bound is None or not (operation.bound.lower or operation.bound.values):
        # Nothing proves a DEFAULT or HASH partition but the bounds of all the others.
        condition = "…"
    elif operation.bound.values:
        condition = f"… IN ({', '.join(str(value) for value in operation.bound.values)}) AND … IS NOT NULL"
    else:
        condition = f"… >= '{operation.bound.lower[0]}' AND … < '{operation.bound.upper[0]}' AND … IS NOT NULL"
    name = f"{operation.partition.name}_bounds"
    yield Violation(
        operation.span,
        f"reads all of {operation.partition} under a lock that stops every query on it, as no CHECK proves its bounds",
        f"ALTER TABLE {operation.partition} ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID;\n"
        f"-- in the next migration:\n"
        f"ALTER TABLE {operation.partition} VALIDATE CONSTRAINT {name};\n"
        f"-- in the next migration:\n"
        f"ALTER TABLE {operation.table} ATTACH PARTITION {operation.partition} …;",
        # IF NOT EXISTS may have found it, and rows in it.
        faint=fresh,
    )


@RULE.on(AttachPartition)
def default(operation: AttachPartition, context: Context) -> Iterator[Violation]:
    """The DEFAULT partition, which may hold rows of the new one."""
    parent = context.table(operation.table)
    if parent is None or not parent.has_default or operation.is_default or operation.bound is None:
        return
    other = next(
        (each for each in context.known.tables.values() if each.is_default and each.partition_of == parent.key), None
    )
    if other is None or (other.made == context.number and other.is_certain and not other.is_written):
        return
    if excludes_bound(operation.bound, _checks(other)):
        return
    name = other.key[1]
    yield Violation(
        operation.span,
        f"reads all of {name}, the DEFAULT partition of {operation.table}, under a lock that stops every query on it",
        f"ALTER TABLE {name} ADD CONSTRAINT … CHECK (… < lower OR … >= upper) NOT VALID;\n"
        f"-- in the next migration:\n"
        f"ALTER TABLE {name} VALIDATE CONSTRAINT …;\n"
        f"-- in the next migration:\n"
        f"ALTER TABLE {operation.table} ATTACH PARTITION {operation.partition} …;",
    )


def _is_proven(operation: AttachPartition, table: KnownTable | None) -> bool:
    """A CHECK that says it, of columns that hold no NULL: a NULL would pass the CHECK and not belong here."""
    if table is None or operation.bound is None:
        return False
    filled = {name for check in _checks(table) for name in check.not_null}
    for check in _checks(table):
        if implies_bound(operation.bound, (check,)):
            columns = (table.columns.get(each.column) for each in check.compares if each.column not in filled)
            if all(column is None or column.is_not_null for column in columns):
                return True
    return False


def _checks(table: KnownTable) -> list[Expression]:
    """What its valid CHECKs say."""
    found = (each.constraint.expression for each in table.constraints if each.is_valid)
    return [expression for expression in found if expression is not None]
