"""Copies of old values that the text makes before it overwrites them, and columns that it has filled."""

from __future__ import annotations

from rowkeep.domain.lint.context import Context
from rowkeep.domain.operation import Condition, CreateTable, Insert, Name, Operation, Update


def find_copies(operation: Operation, context: Context) -> None:
    """Record which columns the operation copies, and which it fills."""
    match operation:
        case Update(table=table, columns=columns, copies=copies, where=where):
            for _, old in copies:
                _track_copy(context, table, old.name, where)
            for column in columns:
                context.known.made["filled", context.key(table), column.name] = context.number
        case (
            CreateTable(reads=(source,), takes=takes, where=where) | Insert(reads=(source,), takes=takes, where=where)
        ):
            for name in takes:
                _track_copy(context, source, name, where)


def _track_copy(context: Context, table: Name, column: str, where: Condition) -> None:
    place = (context.key(table), column)
    context.known.kept[place] = {**context.known.kept.get(place, {}), where.words: context.number}
