"""`CREATE TABLE IF NOT EXISTS` that has made nothing: a later statement names a column that it does not list."""

from __future__ import annotations

from dataclasses import replace

from rowkeep.domain.act import (
    Act,
    AddConstraint,
    ChangeDefault,
    ChangeType,
    CreateIndex,
    DropColumn,
    DropNotNull,
    Insert,
    Name,
    SetNotNull,
    Update,
)
from rowkeep.domain.context import Context
from rowkeep.domain.known import Newness


def correct(act: Act, context: Context) -> None:
    """Where the act shows that the table was there before, remember it so. A new one would make the act fail."""
    table, columns = _named(act)
    if table is None or not columns or context.newness(table) is not Newness.PERHAPS:
        return
    known = context.table(table)
    if known is not None and known.is_listed and any(column not in known.columns for column in columns):
        context.known.tables[known.key] = replace(known, made=None, is_listed=False)


def _named(act: Act) -> tuple[Name | None, tuple[str, ...]]:
    match act:
        case CreateIndex(table=table, columns=columns, computed=computed):
            return table, (*(each.name for each in columns if each is not None), *computed)
        case AddConstraint(table=table, constraint=constraint):
            return table, tuple(each.name for each in constraint.columns)
        case SetNotNull() | DropNotNull() | ChangeType() | ChangeDefault() | DropColumn():
            return act.table, (act.column.name,)
        case Insert() | Update():
            return act.table, tuple(each.name for each in act.columns)
    return None, ()
