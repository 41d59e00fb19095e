"""A table or column goes out of the way with its rows, instead of being dropped."""

from __future__ import annotations

import re

from rowkeep.domain.act import Act, DropColumn, DropObject, ObjectKind
from rowkeep.domain.finding import Edit
from rowkeep.domain.statement import Parsed, Statement
from rowkeep.knowledge.keywords import quoted
from rowkeep.knowledge.retiring import SCHEMA, free_schema, retire_column, retire_table, retired_column
from rowkeep.rewrite.back import column_back, comes_attached, table_back
from rowkeep.rewrite.clause import bare, clause, remarks
from rowkeep.rewrite.recipe import Recipe
from rowkeep.rewrite.shapes import Shapes

_LATER = "-- later, when nobody has missed it:"


def retire(act: Act, statement: Statement, shapes: Shapes, down: Parsed | None = None) -> Recipe | None:
    """DROP TABLE and DROP COLUMN that stand by themselves and say no CASCADE; None for all others.

    shapes: of the tables as they are before the statement. down: the down part of the same file, which then brings
    back what was retired.
    """
    if len(statement.acts) != 1:
        return None
    if isinstance(act, DropObject) and act.kind is ObjectKind.TABLE and not act.cascade:
        return _table(act, statement, shapes, down)
    if isinstance(act, DropColumn) and not act.cascade and not act.if_exists:
        return _column(act, statement, shapes, down)
    return None


def _table(act: DropObject, statement: Statement, shapes: Shapes, down: Parsed | None) -> Recipe | None:
    """None for a partition, which would still be read and written through its parent, and for a parent, whose
    partitions would stay where they are."""
    table, shape = act.name, shapes.of(act.name)
    pattern = rf"DROP\s+TABLE\s+(?P<if>IF\s+EXISTS\s+)?{re.escape(str(table))}(?:\s+RESTRICT)?"
    found = re.fullmatch(pattern, bare(statement.source.text, statement.span.start, statement.span.end), re.IGNORECASE)
    if found is None or (table.schema or shape.schema).startswith(SCHEMA):
        return None
    if shape.partition_of or shape.has_children or "?" in shape.parents:
        return None
    if down is not None and not shape.parents and comes_attached(act, down):
        # It was detached just before: the table that comes back would not be attached again.
        return None
    schema = free_schema(lambda name: shapes.is_put_away(name, table))
    moved = f"{schema}.{quoted(table.name)}"
    *first, last = retire_table(str(table), schema, shape.parents, if_exists=bool(found["if"]))
    text = [*remarks(statement), *(f"{line};" for line in first), f"{_LATER} DROP TABLE {moved}", last]
    back = table_back(act, down, moved, shape.parents) if down is not None else ()
    return Recipe((Edit(statement.span, "\n".join(text)),), below=back)


def _column(act: DropColumn, statement: Statement, shapes: Shapes, down: Parsed | None) -> Recipe | None:
    """None for a column of a partition or a child, which is its parent's, and for one that a CHECK demands."""
    column, only, shape = act.column, clause(statement, act), shapes.of(act.table)
    kept = retired_column(column.name, shape.columns.__contains__)
    if only is None or only.if_exists or not kept or shape.is_attached or column.name in shape.demanded:
        return None
    is_fixed = column.name in shape.fixed
    *first, last = retire_column(only.head, str(column), quoted(kept), is_required=is_fixed)
    text = (*(f"{line};" for line in first), f"{_LATER} {only.head} DROP COLUMN {quoted(kept)}", last)
    back = column_back(act, down, quoted(kept), shape.relations) if down is not None else ()
    if back is None:
        return None
    return Recipe((Edit(statement.span, only.led("\n".join(text))),), below=back)
