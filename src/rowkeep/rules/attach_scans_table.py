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
-- next migration
ALTER TABLE events_2027 VALIDATE CONSTRAINT events_2027_days;
-- next migration
ALTER TABLE events ATTACH PARTITION events_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AttachPartition, Expression
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.known import KnownTable
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule
from rowkeep.knowledge.partitions import excludes, proves

RULE = Rule(
    __name__,
    code="L213",
    promise=Promise.LOCK,
    severity=Severity.ERROR,
    peers=("pgfence:attach-partition", "pgls:avoidAttachingPartition", "safe-migrate:blocking-partition-mutation"),
    claims=(Claim("events_2027", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)


@RULE.on(AttachPartition)
def partition(act: AttachPartition, context: Context) -> Iterator[Fault]:
    """The table that becomes a partition."""
    table = context.table(act.partition)
    fresh = table is not None and table.made == context.number and not table.is_written
    if fresh and context.is_new(act.partition):
        return
    if act.bound is not None and _is_proven(act, table):
        return
    if act.bound is None or not (act.bound.lower or act.bound.values):
        # Nothing proves a DEFAULT or HASH partition but the bounds of all the others.
        condition = "…"
    elif act.bound.values:
        condition = f"… IN ({', '.join(str(value) for value in act.bound.values)}) AND … IS NOT NULL"
    else:
        condition = f"… >= '{act.bound.lower[0]}' AND … < '{act.bound.upper[0]}' AND … IS NOT NULL"
    name = f"{act.partition.name}_bounds"
    yield Fault(
        act.span,
        f"reads all of {act.partition} under a lock that stops every query on it, as no CHECK proves its bounds",
        f"ALTER TABLE {act.partition} ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID;\n"
        f"-- next migration\n"
        f"ALTER TABLE {act.partition} VALIDATE CONSTRAINT {name};\n"
        f"-- next migration\n"
        f"ALTER TABLE {act.table} ATTACH PARTITION {act.partition} …;",
        # IF NOT EXISTS may have found it, and rows in it.
        faint=fresh,
    )


@RULE.on(AttachPartition)
def default(act: AttachPartition, context: Context) -> Iterator[Fault]:
    """The DEFAULT partition, which may hold rows of the new one."""
    parent = context.table(act.table)
    if parent is None or not parent.has_default or act.is_default or act.bound is None:
        return
    other = next(
        (each for each in context.known.tables.values() if each.is_default and each.partition_of == parent.key), None
    )
    if other is None or (other.made == context.number and other.is_certain and not other.is_written):
        return
    if excludes(act.bound, _checks(other)):
        return
    name = other.key[1]
    yield Fault(
        act.span,
        f"reads all of {name}, the DEFAULT partition of {act.table}, under a lock that stops every query on it",
        f"ALTER TABLE {name} ADD CONSTRAINT … CHECK (… < lower OR … >= upper) NOT VALID;\n"
        f"-- next migration\n"
        f"ALTER TABLE {name} VALIDATE CONSTRAINT …;\n"
        f"-- next migration\n"
        f"ALTER TABLE {act.table} ATTACH PARTITION {act.partition} …;",
    )


def _is_proven(act: AttachPartition, table: KnownTable | None) -> bool:
    """A CHECK that says it, of columns that hold no NULL: a NULL would pass the CHECK and not belong here."""
    if table is None or act.bound is None:
        return False
    filled = {name for check in _checks(table) for name in check.not_null}
    for check in _checks(table):
        if proves(act.bound, (check,)):
            columns = (table.columns.get(each.column) for each in check.compares if each.column not in filled)
            if all(column is None or column.is_not_null for column in columns):
                return True
    return False


def _checks(table: KnownTable) -> list[Expression]:
    """What its valid CHECKs say."""
    found = (each.constraint.expression for each in table.constraints if each.is_valid)
    return [expression for expression in found if expression is not None]
