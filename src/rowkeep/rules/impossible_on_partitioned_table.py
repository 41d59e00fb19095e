"""A command that PostgreSQL refuses on a partitioned table.

## When

The table is known to be partitioned, and the statement is `CREATE INDEX CONCURRENTLY` on it, `DROP INDEX CONCURRENTLY`
of its index, a constraint `USING INDEX`, before PostgreSQL 18 a foreign key `NOT VALID`; or `DETACH … CONCURRENTLY`
where there is a `DEFAULT` partition.

## Harm

The migration fails.

## Given

```sql
CREATE TABLE visits (day date NOT NULL, path text) PARTITION BY RANGE (day);
CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
```

## Unsafe

```sql
CREATE INDEX CONCURRENTLY IF NOT EXISTS visits_path_idx ON visits (path);
```

## Safe

The parent's index first, empty and invalid; then one for each partition; attached, they make the parent's valid.

```sql
CREATE INDEX IF NOT EXISTS visits_path_idx ON ONLY visits (path);
-- next migration
CREATE INDEX CONCURRENTLY IF NOT EXISTS visits_2026_path_idx ON visits_2026 (path);
-- next migration
ALTER INDEX visits_path_idx ATTACH PARTITION visits_2026_path_idx;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import (
    AddConstraint,
    ConstraintKind,
    CreateIndex,
    DetachPartition,
    DropObject,
    Name,
    ObjectKind,
)
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="T202",
    promise=Promise.TRANSACTION,
    severity=Severity.ERROR,
    claims=(Claim("visits", fails="0A000"),),
)


def _is_partitioned(table: Name, context: Context) -> bool:
    known = context.table(table)
    return known is not None and known.is_partitioned


@RULE.on(CreateIndex)
def index(act: CreateIndex, context: Context) -> Iterator[Fault]:
    """CREATE INDEX CONCURRENTLY ON parent."""
    if act.concurrently and _is_partitioned(act.table, context):
        name, unique = act.index or f"{act.table.name}_idx", "UNIQUE " if act.unique else ""
        yield Fault(
            act.span,
            f"fails: {act.table} is partitioned, and takes no CREATE INDEX CONCURRENTLY",
            f"CREATE {unique}INDEX IF NOT EXISTS {name} ON ONLY {act.table} (…);\n"
            f"-- next migration, for each partition\n"
            f"CREATE {unique}INDEX CONCURRENTLY IF NOT EXISTS … ON … (…);\n"
            f"-- next migration, for each partition\n"
            f"ALTER INDEX {name} ATTACH PARTITION …;",
        )


@RULE.on(DropObject)
def drop(act: DropObject, context: Context) -> Iterator[Fault]:
    """DROP INDEX CONCURRENTLY of a parent's index."""
    known = context.index(act.name) if act.kind is ObjectKind.INDEX and act.concurrently else None
    if known is not None and _is_partitioned(Name(known.table[1], known.table[0]), context):
        yield Fault(
            act.span,
            f"fails: {act.name} is the index of a partitioned table, and takes no DROP INDEX CONCURRENTLY",
            f"DROP INDEX IF EXISTS {act.name}; (alone, in the quiet hours)",
        )


@RULE.on(DetachPartition)
def detach(act: DetachPartition, context: Context) -> Iterator[Fault]:
    """DETACH CONCURRENTLY beside a DEFAULT partition."""
    known = context.table(act.table)
    if act.concurrently and known is not None and known.has_default:
        yield Fault(
            act.span,
            f"fails: {act.table} has a DEFAULT partition, which forbids DETACH CONCURRENTLY",
            f"ALTER TABLE {act.table} DETACH PARTITION {act.partition}; (alone, in the quiet hours)",
        )


@RULE.on(AddConstraint)
def constraint(act: AddConstraint, context: Context) -> Iterator[Fault]:
    """A foreign key NOT VALID, a constraint USING INDEX."""
    one = act.constraint
    if not _is_partitioned(act.table, context):
        return
    if one.kind is ConstraintKind.FOREIGN_KEY and one.not_valid and context.major < 18:
        yield Fault(
            act.span,
            f"fails before PostgreSQL 18: {act.table} is partitioned, and takes no foreign key NOT VALID",
            f"ALTER TABLE (each partition) ADD FOREIGN KEY … NOT VALID;\n"
            f"-- next migration\n"
            f"ALTER TABLE (each partition) VALIDATE CONSTRAINT …;\n"
            f"-- next migration\n"
            f"ALTER TABLE {act.table} ADD FOREIGN KEY …; (it adopts those of the partitions, and reads nothing)",
        )
    elif one.using_index is not None:
        yield Fault(
            act.span,
            f"fails: {act.table} is partitioned, and takes no constraint USING INDEX",
            f"ALTER TABLE ONLY {act.table} ADD …; then each partition's index, and ALTER INDEX … ATTACH PARTITION",
        )
