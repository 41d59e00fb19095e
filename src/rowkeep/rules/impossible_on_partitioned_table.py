"""A command that PostgreSQL refuses on a partitioned table.

## When

The table is known to be partitioned, and the statement is `CREATE INDEX CONCURRENTLY` on it, `DROP INDEX CONCURRENTLY`
of its index, a constraint `USING INDEX`, before PostgreSQL 18 a foreign key `NOT VALID`; a primary or unique key or
index that lacks a column of `PARTITION BY`, an exclusion constraint (before 17, or lacking such a column); a change of
`ONLY` the parent that its partitions must follow (`ADD CHECK`, a foreign key, a column); a change of type or a drop of
a column of `PARTITION BY`; `REINDEX` or `CLUSTER` in a transaction; `CLUSTER ON`, storage parameters, `SET LOGGED`
(18), `SET ACCESS METHOD` (before 17), `INHERIT`; or `DETACH … CONCURRENTLY` where there is a `DEFAULT` partition.

On a partition: a column that is added, dropped, renamed or gets another type. On a table that inherits (`INHERITS`):
an inherited column that is dropped, renamed or changed there. On a parent of such tables: a `CHECK` of `ONLY` the
parent without `NO INHERIT`.

## Harm

PostgreSQL refuses the statement, and the migration fails.

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

Create the parent's index first; it is empty and invalid. Then create one for each partition. When all are attached,
the index of the parent is valid.

```sql
CREATE INDEX IF NOT EXISTS visits_path_idx ON ONLY visits (path);
-- in the next migration:
CREATE INDEX CONCURRENTLY IF NOT EXISTS visits_2026_path_idx ON visits_2026 (path);
-- in the next migration:
ALTER INDEX visits_path_idx ATTACH PARTITION visits_2026_path_idx;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import (
    AddColumn,
    AddConstraint,
    AlterTable,
    ChangeType,
    Cluster,
    Constraint,
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
from rowkeep.domain.source import Span
from rowkeep.knowledge.forms import recipes
from rowkeep.knowledge.forms.index_columns import index_definition
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.knowledge.forms.partitioned import (
    has_children,
    has_partitions,
    inherited_from,
    missing_key_columns,
    refused_key,
)

RULE = Rule(
    __name__,
    code="T202",
    category=Category.TRANSACTION,
    severity=Severity.ERROR,
    claims=(LockClaim("visits", fails="0A000"),),
)
_INHERITED = (ConstraintKind.CHECK, ConstraintKind.FOREIGN_KEY)
_SETTINGS = {
    "ClusterOn": "CLUSTER ON",
    "SetRelOptions": "storage parameters",
    "ResetRelOptions": "storage parameters",
    "AddInherit": "INHERIT",
    "DropInherit": "NO INHERIT",
}


def _report_key(span: Span, why: str) -> Violation:
    hint = Sentence("include the columns of PARTITION BY in the key, or create a key on each partition")
    return Violation(span, f"fails: {why}", hint)


def _check_parent_only(
    operation: AddConstraint | AddColumn | DropColumn | ChangeType, table: Name, what: str, context: Context
) -> Iterator[Violation]:
    """What ALTER TABLE ONLY leaves out in the partitions although they must have it."""
    known = context.table(table)
    if known is not None and has_partitions(known, context):
        message = f"fails: {table} has partitions, and {what} of ONLY the parent would leave them out"
        yield Violation(operation.span, message, Sentence(f"write ALTER TABLE {table} without ONLY"))


def _write_foreign_key(key: Constraint) -> str:
    columns = ", ".join(str(column) for column in key.columns)
    others = f" ({', '.join(str(column) for column in key.refers_to_columns)})" if key.refers_to_columns else ""
    return f"FOREIGN KEY ({columns}) REFERENCES {key.refers_to}{others}"


def _is_partitioned(table: Name, context: Context) -> bool:
    known = context.table(table)
    return known is not None and known.is_partitioned


@RULE.on(CreateIndex)
def check_index(operation: CreateIndex, context: Context) -> Iterator[Violation]:
    """CREATE INDEX CONCURRENTLY ON parent."""
    if operation.concurrently and _is_partitioned(operation.table, context):
        name, unique = operation.index or f"{operation.table.name}_idx", "UNIQUE " if operation.unique else ""
        source = context.statement.source if context.statement is not None else context.migration.source
        yield Violation(
            operation.span,
            f"fails: {operation.table} is partitioned, and takes no CREATE INDEX CONCURRENTLY",
            recipes.index_on_partitions(operation.table, name, index_definition(operation, source), unique),
        )
    known = context.table(operation.table)
    why = (
        missing_key_columns(known.partition_by, [column.name if column else None for column in operation.columns])
        if known
        else ""
    )
    if operation.unique and why:
        yield _report_key(operation.span, why)


@RULE.on(DropObject)
def check_drop_index(operation: DropObject, context: Context) -> Iterator[Violation]:
    """DROP INDEX CONCURRENTLY of a parent's index."""
    known = context.index(operation.name) if operation.kind is ObjectKind.INDEX and operation.concurrently else None
    if known is not None and _is_partitioned(Name(known.table[1], known.table[0]), context):
        yield Violation(
            operation.span,
            f"fails: {operation.name} is the index of a partitioned table, and takes no DROP INDEX CONCURRENTLY",
            f"-- in its own migration, off-peak:\nDROP INDEX IF EXISTS {operation.name};",
        )


@RULE.on(DetachPartition)
def check_detach(operation: DetachPartition, context: Context) -> Iterator[Violation]:
    """DETACH CONCURRENTLY beside a DEFAULT partition."""
    known = context.table(operation.table)
    if operation.concurrently and known is not None and known.has_default:
        yield Violation(
            operation.span,
            f"fails: {operation.table} has a DEFAULT partition, which forbids DETACH CONCURRENTLY",
            "-- in its own migration, off-peak:\n"
            f"ALTER TABLE {operation.table} DETACH PARTITION {operation.partition};",
        )


@RULE.on(AddConstraint)
def check_constraint(operation: AddConstraint, context: Context) -> Iterator[Violation]:
    """A foreign key NOT VALID, a constraint USING INDEX."""
    constraint = operation.constraint
    if (
        operation.only
        and constraint.kind is ConstraintKind.CHECK
        and not constraint.no_inherit
        and has_children(operation.table, context)
    ):
        message = (
            f"fails: other tables inherit from {operation.table}, and a CHECK of ONLY the parent must be NO INHERIT"
        )
        yield Violation(
            operation.span, message, Sentence(f"write ALTER TABLE {operation.table} without ONLY, or add NO INHERIT")
        )
        return
    if not _is_partitioned(operation.table, context):
        return
    why = refused_key(operation.table, constraint, context)
    if why:
        yield _report_key(operation.span, why)
        return
    if operation.only and constraint.kind in _INHERITED:
        yield from _check_parent_only(operation, operation.table, f"ADD {constraint.kind.value}", context)
    if constraint.kind is ConstraintKind.FOREIGN_KEY and constraint.not_valid and context.major < 18:
        yield Violation(
            operation.span,
            f"fails before PostgreSQL 18: {operation.table} is partitioned, and takes no foreign key NOT VALID",
            recipes.foreign_key_on_partitions(operation.table, _write_foreign_key(constraint)),
        )
    elif constraint.using_index is not None:
        yield Violation(
            operation.span,
            f"fails: {operation.table} is partitioned, and takes no constraint USING INDEX",
            recipes.key_on_partitions(
                operation.table, constraint.name or "<constraint>", constraint.kind.value, "<columns>"
            ),
        )


@RULE.on(CreateTable)
def check_new_table(operation: CreateTable, context: Context) -> Iterator[Violation]:
    """A key that lacks a column of PARTITION BY, in CREATE TABLE itself."""
    by = [each.name if each else None for each in operation.partition_by]
    own = [*operation.constraints, *(constraint for column in operation.columns for constraint in column.constraints)]
    for constraint in own:
        early = constraint.kind is ConstraintKind.EXCLUDE and context.major < 17
        if by and constraint.kind in (ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE, ConstraintKind.EXCLUDE):
            why = missing_key_columns(by, [column.name for column in constraint.columns])
            if early or why:
                yield _report_key(
                    constraint.span, why or "before PostgreSQL 17 a partitioned table takes no exclusion constraint"
                )


@RULE.on(AddColumn)
def check_add_column(operation: AddColumn, context: Context) -> Iterator[Violation]:
    """ALTER TABLE ONLY parent ADD COLUMN, and a column of one partition."""
    known = context.table(operation.table)
    if operation.only and _is_partitioned(operation.table, context):
        yield from _check_parent_only(operation, operation.table, "ADD COLUMN", context)
    elif known is not None and known.partition_of is not None:
        yield _report_partition(operation.span, operation.table, "gets no column of its own", known.partition_of[1])


@RULE.on(DropColumn)
def check_drop_column(operation: DropColumn, context: Context) -> Iterator[Violation]:
    """A column of PARTITION BY, of ONLY the parent, of one partition."""
    yield from _check_column(operation, operation.table, operation.column, "DROP COLUMN", context, only=operation.only)


@RULE.on(ChangeType)
def check_type(operation: ChangeType, context: Context) -> Iterator[Violation]:
    """The same with another type."""
    yield from _check_column(operation, operation.table, operation.column, "TYPE", context, only=operation.only)


def _check_column(
    operation: DropColumn | ChangeType, table: Name, column: Name, what: str, context: Context, *, only: bool
) -> Iterator[Violation]:
    known = context.table(table)
    if known is None:
        return
    if parent := inherited_from(table, column, context):
        yield _report_child(operation.span, table, column, parent)
    elif known.is_partitioned and column.name in (known.partition_by or ()):
        message = f"fails: {table} is partitioned by {column}, which cannot be dropped or get another type"
        hint = Sentence(f"create a new table with the partitions you want, and fill it in batches from {table}")
        yield Violation(operation.span, message, hint)
    elif known.is_partitioned and only:
        yield from _check_parent_only(operation, table, what, context)
    elif known.partition_of is not None:
        yield _report_partition(
            operation.span, table, f"keeps the column {column} as its parent has it", known.partition_of[1]
        )


def _report_child(span: Span, table: Name, column: Name, parent: str) -> Violation:
    message = (
        f"fails: {table} inherits the column {column} from {quote_name(parent)}, and keeps it as its parent has it"
    )
    return Violation(span, message, Sentence(f"alter the parent: ALTER TABLE {quote_name(parent)}"))


def _report_partition(span: Span, table: Name, what: str, parent: str) -> Violation:
    hint = Sentence(f"alter the parent: ALTER TABLE {quote_name(parent)}")
    return Violation(span, f"fails: {table} is a partition, and {what}", hint)


@RULE.on(Rename)
def check_rename(operation: Rename, context: Context) -> Iterator[Violation]:
    """A column of one partition."""
    known = (
        context.table(operation.name) if operation.kind is ObjectKind.COLUMN and operation.part is not None else None
    )
    if known is not None and known.partition_of is not None:
        what = f"keeps the column {operation.part} as its parent has it"
        yield _report_partition(operation.span, operation.name, what, known.partition_of[1])
    elif (
        known is not None
        and operation.part is not None
        and (parent := inherited_from(operation.name, operation.part, context))
    ):
        yield _report_child(operation.span, operation.name, operation.part, parent)


@RULE.on(Reindex)
def check_reindex(operation: Reindex, context: Context) -> Iterator[Violation]:
    """REINDEX of all partitions, which commits after each of them."""
    if (
        operation.concurrently
        or operation.name is None
        or operation.kind not in ("TABLE", "INDEX")
        or not context.in_transaction
    ):
        return
    index = context.index(operation.name) if operation.kind == "INDEX" else None
    table = Name(index.table[1], index.table[0]) if index is not None else operation.name
    if _is_partitioned(table, context):
        message = f"fails: {table.name} is partitioned, and REINDEX {operation.kind} of it cannot run in a transaction"
        yield Violation(operation.span, message, f"REINDEX {operation.kind} CONCURRENTLY {operation.name};")


@RULE.on(Cluster)
def check_cluster(operation: Cluster, context: Context) -> Iterator[Violation]:
    """CLUSTER of all partitions."""
    if operation.table is not None and _is_partitioned(operation.table, context):
        early = "before PostgreSQL 15 it takes no CLUSTER" if context.major < 15 else ""
        why = early or ("CLUSTER of it cannot run in a transaction" if context.in_transaction else "")
        if why:
            yield Violation(
                operation.span,
                f"fails: {operation.table} is partitioned, and {why}",
                Sentence("cluster each partition separately"),
            )


@RULE.on(AlterTable)
def check_setting(operation: AlterTable, context: Context) -> Iterator[Violation]:
    """A setting that a table without rows of its own does not take."""
    if not _is_partitioned(operation.table, context) or operation.kind != "table":
        return
    what = _SETTINGS.get(operation.action, "")
    if operation.action in ("SetLogged", "SetUnLogged") and context.major >= 18:
        what = "SET LOGGED or UNLOGGED"
    if operation.action == "SetAccessMethod" and context.major < 17:
        what = "SET ACCESS METHOD before PostgreSQL 17"
    if what:
        message = f"fails: {operation.table} is partitioned, and takes no {what}"
        yield Violation(operation.span, message, Sentence("do the same for each partition"))
