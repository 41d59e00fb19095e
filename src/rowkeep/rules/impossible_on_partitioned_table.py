"""A command that PostgreSQL refuses on a partitioned table.

## When

The table is known to be partitioned, and the statement is `CREATE INDEX CONCURRENTLY` on it, `DROP INDEX CONCURRENTLY`
of its index, a constraint `USING INDEX`, before PostgreSQL 18 a foreign key `NOT VALID`; a primary or unique key or
index that lacks a column of `PARTITION BY`, an exclusion constraint (before 17, or lacking such a column); a change of
`ONLY` the parent that its partitions must follow (`ADD CHECK`, a foreign key, a column); the type or drop of a column
of `PARTITION BY`; `REINDEX` or `CLUSTER` in a transaction; `CLUSTER ON`, storage parameters, `SET LOGGED` (18), `SET
ACCESS METHOD` (before 17), `INHERIT`. `DETACH … CONCURRENTLY` where there is a `DEFAULT` partition. On a partition: a
column that is added, dropped, renamed or gets another type. So is a column that a table has from its parent
(`INHERITS`) dropped, renamed or changed there, and a `CHECK` of `ONLY` such a parent without `NO INHERIT`.

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
    AddColumn,
    AddConstraint,
    AlterTable,
    ChangeType,
    Cluster,
    ConstraintKind,
    CreateIndex,
    CreateTable,
    DetachPartition,
    DropColumn,
    DropObject,
    Name,
    ObjectKind,
    Reindex,
    Rename,
)
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Claim, Rule
from rowkeep.domain.source import Span
from rowkeep.knowledge.keywords import quoted
from rowkeep.knowledge.partitioned import has_children, has_partitions, inherited_from, lacking, refused_key

RULE = Rule(
    __name__,
    code="T202",
    promise=Promise.TRANSACTION,
    severity=Severity.ERROR,
    claims=(Claim("visits", fails="0A000"),),
)


_INHERITED = (ConstraintKind.CHECK, ConstraintKind.FOREIGN_KEY)
_SETTINGS = {
    "ClusterOn": "CLUSTER ON",
    "SetRelOptions": "storage parameters",
    "ResetRelOptions": "storage parameters",
    "AddInherit": "INHERIT",
    "DropInherit": "NO INHERIT",
}


def _refused(span: Span, why: str) -> Fault:
    return Fault(span, f"fails: {why}", "a key that begins with those of PARTITION BY, or one on each partition")


def _of_parent_only(
    act: AddConstraint | AddColumn | DropColumn | ChangeType, table: Name, what: str, context: Context
) -> Iterator[Fault]:
    """What ALTER TABLE ONLY keeps from the partitions, and they cannot be without."""
    known = context.table(table)
    if known is not None and has_partitions(known, context):
        message = f"fails: {table} has partitions, and {what} of ONLY the parent would leave them out"
        yield Fault(act.span, message, f"ALTER TABLE {table} …; (without ONLY)")


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
    known = context.table(act.table)
    why = lacking(known.partition_by, [each.name if each else None for each in act.columns]) if known else ""
    if act.unique and why:
        yield _refused(act.span, why)


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
    if act.only and one.kind is ConstraintKind.CHECK and not one.no_inherit and has_children(act.table, context):
        message = f"fails: other tables inherit from {act.table}, and a CHECK of ONLY the parent must be NO INHERIT"
        yield Fault(act.span, message, f"ALTER TABLE {act.table} …; (without ONLY, or with NO INHERIT)")
        return
    if not _is_partitioned(act.table, context):
        return
    why = refused_key(act.table, one, context)
    if why:
        yield _refused(act.span, why)
        return
    if act.only and one.kind in _INHERITED:
        yield from _of_parent_only(act, act.table, f"ADD {one.kind.value}", context)
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


@RULE.on(CreateTable)
def key_of_new_table(act: CreateTable, context: Context) -> Iterator[Fault]:
    """A key that lacks a column of PARTITION BY, in CREATE TABLE itself."""
    by = [each.name if each else None for each in act.partition_by]
    own = [*act.constraints, *(one for column in act.columns for one in column.constraints)]
    for one in own:
        early = one.kind is ConstraintKind.EXCLUDE and context.major < 17
        if by and one.kind in (ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE, ConstraintKind.EXCLUDE):
            why = lacking(by, [column.name for column in one.columns])
            if early or why:
                yield _refused(
                    one.span, why or "before PostgreSQL 17 a partitioned table takes no exclusion constraint"
                )


@RULE.on(AddColumn)
def column_added(act: AddColumn, context: Context) -> Iterator[Fault]:
    """ALTER TABLE ONLY parent ADD COLUMN, and a column of one partition."""
    known = context.table(act.table)
    if act.only and _is_partitioned(act.table, context):
        yield from _of_parent_only(act, act.table, "ADD COLUMN", context)
    elif known is not None and known.partition_of is not None:
        yield _of_partition(act.span, act.table, "gets no column of its own", known.partition_of[1])


@RULE.on(DropColumn)
def column_dropped(act: DropColumn, context: Context) -> Iterator[Fault]:
    """A column of PARTITION BY, of ONLY the parent, of one partition."""
    yield from _column(act, act.table, act.column, "DROP COLUMN", context, only=act.only)


@RULE.on(ChangeType)
def type_changed(act: ChangeType, context: Context) -> Iterator[Fault]:
    """The same with another type."""
    yield from _column(act, act.table, act.column, "TYPE", context, only=act.only)


def _column(
    act: DropColumn | ChangeType, table: Name, column: Name, what: str, context: Context, *, only: bool
) -> Iterator[Fault]:
    known = context.table(table)
    if known is None:
        return
    if parent := inherited_from(table, column, context):
        yield _of_child(act.span, table, column, parent)
    elif known.is_partitioned and column.name in (known.partition_by or ()):
        message = f"fails: {table} is partitioned by {column}, which neither goes nor gets another type"
        yield Fault(act.span, message, f"a new table, partitioned as wanted, filled in batches from {table}")
    elif known.is_partitioned and only:
        yield from _of_parent_only(act, table, what, context)
    elif known.partition_of is not None:
        yield _of_partition(act.span, table, f"keeps the column {column} as its parent has it", known.partition_of[1])


def _of_child(span: Span, table: Name, column: Name, parent: str) -> Fault:
    message = f"fails: {table} inherits the column {column} from {quoted(parent)}, and keeps it as its parent has it"
    return Fault(span, message, f"ALTER TABLE {quoted(parent)} …;")


def _of_partition(span: Span, table: Name, what: str, parent: str) -> Fault:
    return Fault(span, f"fails: {table} is a partition, and {what}", f"ALTER TABLE {quoted(parent)} …;")


@RULE.on(Rename)
def renamed(act: Rename, context: Context) -> Iterator[Fault]:
    """A column of one partition."""
    known = context.table(act.name) if act.kind is ObjectKind.COLUMN and act.part is not None else None
    if known is not None and known.partition_of is not None:
        what = f"keeps the column {act.part} as its parent has it"
        yield _of_partition(act.span, act.name, what, known.partition_of[1])
    elif known is not None and act.part is not None and (parent := inherited_from(act.name, act.part, context)):
        yield _of_child(act.span, act.name, act.part, parent)


@RULE.on(Reindex)
def rebuilt(act: Reindex, context: Context) -> Iterator[Fault]:
    """REINDEX of all partitions, which commits after each of them."""
    if act.concurrently or act.name is None or act.kind not in ("TABLE", "INDEX") or not context.in_transaction:
        return
    index = context.index(act.name) if act.kind == "INDEX" else None
    table = Name(index.table[1], index.table[0]) if index is not None else act.name
    if _is_partitioned(table, context):
        message = f"fails: {table.name} is partitioned, and REINDEX {act.kind} of it cannot run in a transaction"
        yield Fault(act.span, message, f"REINDEX {act.kind} CONCURRENTLY {act.name};")


@RULE.on(Cluster)
def clustered(act: Cluster, context: Context) -> Iterator[Fault]:
    """CLUSTER of all partitions."""
    if act.table is not None and _is_partitioned(act.table, context):
        early = "before PostgreSQL 15 it takes no CLUSTER" if context.major < 15 else ""
        why = early or ("CLUSTER of it cannot run in a transaction" if context.in_transaction else "")
        if why:
            yield Fault(act.span, f"fails: {act.table} is partitioned, and {why}", "CLUSTER … (each partition)")


@RULE.on(AlterTable)
def setting(act: AlterTable, context: Context) -> Iterator[Fault]:
    """What a table without rows of its own does not take."""
    if not _is_partitioned(act.table, context) or act.kind != "table":
        return
    what = _SETTINGS.get(act.action, "")
    if act.action in ("SetLogged", "SetUnLogged") and context.major >= 18:
        what = "SET LOGGED or UNLOGGED"
    if act.action == "SetAccessMethod" and context.major < 17:
        what = "SET ACCESS METHOD before PostgreSQL 17"
    if what:
        message = f"fails: {act.table} is partitioned, and takes no {what}"
        yield Fault(act.span, message, "the same for each partition")
