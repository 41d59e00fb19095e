"""The down part of what was retired: it brings the table or column back, where it would have made an empty one."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rowkeep.domain.lint.finding import TextEdit
from rowkeep.domain.operation import (
    AddColumn,
    AddConstraint,
    AttachPartition,
    CreateIndex,
    CreateTable,
    DetachPartition,
    DropColumn,
    DropObject,
    Name,
)
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Parsed, Statement
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.rewrite.clause import comments_of, head_of, without_comments
from rowkeep.rewrite.naming import default_index, default_name, generated_name
from rowkeep.rewrite.schema_before import SchemaBefore
from rowkeep.rewrite.split import is_listed

_DEFAULT = "public"


def restore_table(operation: DropObject, down: Parsed, kept: str, parents: Sequence[str] = ()) -> tuple[TextEdit, ...]:
    """CREATE TABLE becomes the way back; its indexes and constraints come along. kept: where the table is meanwhile.
    parents: what it inherits from.

    Nothing, where the down part does not make the table once and by itself.
    """
    made = [each for each in down.statements if _makes(each, operation.name)]
    if len(made) != 1:
        return ()
    schema = operation.name.schema or _DEFAULT
    sql = f"ALTER TABLE {kept} SET SCHEMA {quote_name(schema)}"
    sql += "".join(
        f";\nALTER TABLE {quote_name(schema)}.{quote_name(operation.name.name)} INHERIT {parent}" for parent in parents
    )
    edits = [TextEdit(made[0].span, sql)]
    for statement in down.statements:
        first = statement.operations[0] if statement.operations else None
        if isinstance(first, CreateIndex | AddConstraint) and _is_same(first.table, operation.name):
            edits.append(_came_back(statement))
    return tuple(edits)


def comes_attached(operation: DropObject, down: Parsed) -> bool:
    """Whether the down part makes the table as a partition or an inheritance child of another."""
    made = [each for statement in down.statements for each in statement.operations if isinstance(each, CreateTable)]
    return any((each.partition_of or each.inherits) and _is_same(each.table, operation.name) for each in made)


def restore_column(
    operation: DropColumn, down: Parsed, kept: str, relations: Collection[str]
) -> tuple[TextEdit, ...] | None:
    """ADD COLUMN becomes the way back; the table's `relations` on the column come along. Nothing, where none is there.

    None where the down part adds the column in a way that cannot be changed: it would come back empty.
    """
    edits: tuple[TextEdit, ...] = ()
    for statement in down.statements:
        for each in statement.operations:
            if (
                isinstance(each, AddColumn)
                and _is_same(each.table, operation.table)
                and each.column.name == operation.column
            ):
                edit = _rename_back(statement, each, kept)
                if edit is None or edits:
                    return None
                edits = (edit,)
    if edits:
        edits += tuple(_came_back(each) for each in down.statements if _comes_along(each, operation, relations))
    return edits


def _rename_back(statement: Statement, operation: AddColumn, kept: str) -> TextEdit | None:
    """The statement with RENAME in the place of ADD COLUMN, which can stand beside no other clause."""
    if operation.inside:
        return None
    head, column = head_of(statement), operation.column.name
    if head is None or not (len(statement.operations) == 1 or is_listed(statement)):
        return None
    sql = f"{head} RENAME COLUMN {kept} TO {column}"
    if operation.column.is_not_null:
        # Rows that were written meanwhile may hold no value.
        sql = f"-- when every row has a value: {head} ALTER COLUMN {column} SET NOT NULL\n{sql}"
    text = statement.source.text
    others = [
        without_comments(text, each.span.start, each.span.end)
        for each in statement.operations
        if each is not operation
    ]
    lines = [*comments_of(statement), *([f"{head} {', '.join(others)};"] if others else []), sql]
    return TextEdit(statement.span, "\n".join(lines))


def _comes_along(statement: Statement, operation: DropColumn, relations: Collection[str]) -> bool:
    """Whether a statement of the down part makes an index or constraint that the column has kept all the time."""
    first = statement.operations[0] if len(statement.operations) == 1 else None
    if not isinstance(first, CreateIndex | AddConstraint) or not _is_same(first.table, operation.table):
        return False
    if isinstance(first, CreateIndex):
        name = first.index.name if first.index is not None else default_index(first)
        return name in relations
    name = (
        first.constraint.name.name
        if first.constraint.name is not None
        else default_name(first.table, first.constraint)
    )
    return operation.column in first.constraint.columns and name in relations


def _came_back(statement: Statement) -> TextEdit:
    """Its `;` becomes part of the comment."""
    lines = statement.text.splitlines()
    return TextEdit(statement.span, "\n".join(f"-- came back with it: {line}" for line in lines))


def attached_back(operation: DetachPartition, down: Parsed, schema_before: SchemaBefore) -> tuple[TextEdit, ...]:
    """DETACH CONCURRENTLY leaves a CHECK of the bound on the partition: it is dropped after ATTACH in the down part.

    Nothing, where the name that PostgreSQL gives that CHECK cannot be foreseen.
    """
    column = schema_before.partition_keys.get(operation.table.name)
    name = generated_name(operation.partition.name, column, "check") if column is not None else ""
    if not name or not schema_before.is_free(name):
        return ()
    end = f";\nALTER TABLE {operation.partition} DROP CONSTRAINT IF EXISTS {quote_name(name)}"
    return tuple(
        TextEdit(Span(statement.span.end, statement.span.end), end)
        for statement in down.statements
        for each in statement.operations
        if isinstance(each, AttachPartition) and _is_same(each.partition, operation.partition)
    )


def _makes(statement: Statement, table: Name) -> bool:
    first = statement.operations[0] if len(statement.operations) == 1 else None
    return isinstance(first, CreateTable) and not first.inside and _is_same(first.table, table)


def _is_same(one: Name, other: Name) -> bool:
    return (one.schema or _DEFAULT, one.name) == (other.schema or _DEFAULT, other.name)
