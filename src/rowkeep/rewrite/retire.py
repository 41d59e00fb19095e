"""A table or column goes out of the way with its rows, instead of being dropped."""

from __future__ import annotations

import re

from rowkeep.domain.lint.finding import TextEdit
from rowkeep.domain.operation import DropColumn, DropObject, ObjectKind, Operation
from rowkeep.domain.statement import Parsed, Statement
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.knowledge.forms.retire import SCHEMA, archive_schema, retire_column, retire_table, retired_column
from rowkeep.rewrite.clause import comments_of, find_clause, without_comments
from rowkeep.rewrite.down_part import comes_attached, restore_column, restore_table
from rowkeep.rewrite.recipe import Recipe
from rowkeep.rewrite.shapes import Shapes

_LATER = "-- later, when nobody has missed it:"


def retire_object(
    operation: Operation, statement: Statement, shapes: Shapes, down: Parsed | None = None
) -> Recipe | None:
    """DROP TABLE and DROP COLUMN that stand by themselves and say no CASCADE; None for all others.

    shapes: of the tables as they are before the statement. down: the down part of the same file, which then brings
    back what was retired.
    """
    if len(statement.operations) != 1:
        return None
    if isinstance(operation, DropObject) and operation.kind is ObjectKind.TABLE and not operation.cascade:
        return _table(operation, statement, shapes, down)
    if isinstance(operation, DropColumn) and not operation.cascade and not operation.if_exists:
        return _column(operation, statement, shapes, down)
    return None


def _table(operation: DropObject, statement: Statement, shapes: Shapes, down: Parsed | None) -> Recipe | None:
    """None for a partition, which would still be read and written through its parent, and for a parent, whose
    partitions would stay where they are."""
    table, shape = operation.name, shapes.of(operation.name)
    pattern = rf"DROP\s+TABLE\s+(?P<if>IF\s+EXISTS\s+)?{re.escape(str(table))}(?:\s+RESTRICT)?"
    found = re.fullmatch(
        pattern, without_comments(statement.source.text, statement.span.start, statement.span.end), re.IGNORECASE
    )
    if found is None or (table.schema or shape.schema).startswith(SCHEMA):
        return None
    if shape.partition_of or shape.has_children or "?" in shape.parents:
        return None
    if down is not None and not shape.parents and comes_attached(operation, down):
        # It was detached just before: the table that comes back would not be attached again.
        return None
    schema = archive_schema(lambda name: shapes.is_put_away(name, table))
    moved = f"{schema}.{quote_name(table.name)}"
    *first, last = retire_table(str(table), schema, shape.parents, if_exists=bool(found["if"]))
    text = [*comments_of(statement), *(f"{line};" for line in first), f"{_LATER} DROP TABLE {moved}", last]
    back = restore_table(operation, down, moved, shape.parents) if down is not None else ()
    return Recipe((TextEdit(statement.span, "\n".join(text)),), below=back)


def _column(operation: DropColumn, statement: Statement, shapes: Shapes, down: Parsed | None) -> Recipe | None:
    """None for a column of a partition or a child, which is its parent's, and for one that a CHECK demands."""
    column, only, shape = operation.column, find_clause(statement, operation), shapes.of(operation.table)
    kept = retired_column(column.name, shape.columns.__contains__)
    if only is None or only.if_exists or not kept or shape.is_attached or column.name in shape.demanded:
        return None
    is_fixed = column.name in shape.fixed
    *first, last = retire_column(only.head, str(column), quote_name(kept), is_required=is_fixed)
    text = (*(f"{line};" for line in first), f"{_LATER} {only.head} DROP COLUMN {quote_name(kept)}", last)
    back = restore_column(operation, down, quote_name(kept), shape.relations) if down is not None else ()
    if back is None:
        return None
    return Recipe((TextEdit(statement.span, only.with_comments("\n".join(text))),), below=back)
