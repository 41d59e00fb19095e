"""`CREATE TABLE IF NOT EXISTS` that has made nothing: a later statement names a column that it does not list."""

from __future__ import annotations

from rowkeep.domain.frozen import replace
from rowkeep.domain.lint.context import Context
from rowkeep.domain.operation import (
    AddConstraint,
    ChangeDefault,
    ChangeType,
    CreateIndex,
    DropColumn,
    DropNotNull,
    Insert,
    Name,
    Operation,
    SetNotNull,
    Update,
)
from rowkeep.domain.schema.schema_state import TableAge


def correct_assumption(operation: Operation, context: Context) -> None:
    """Correct the state where an operation shows that a table existed before: on a new table it would fail."""
    table, columns = _find_named(operation)
    if table is None or not columns or context.newness(table) is not TableAge.PERHAPS:
        return
    known = context.table(table)
    if known is not None and known.is_listed and any(column not in known.columns for column in columns):
        context.known.tables[known.key] = replace(known, made=None, is_listed=False)


def _find_named(operation: Operation) -> tuple[Name | None, tuple[str, ...]]:
    match operation:
        case CreateIndex(table=table, columns=columns, computed=computed):
            return table, (*(each.name for each in columns if each is not None), *computed)
        case AddConstraint(table=table, constraint=constraint):
            return table, tuple(each.name for each in constraint.columns)
        case SetNotNull() | DropNotNull() | ChangeType() | ChangeDefault() | DropColumn():
            return operation.table, (operation.column.name,)
        case Insert() | Update():
            return operation.table, tuple(each.name for each in operation.columns)
    return None, ()
