"""Copies of old values that the text makes before it overwrites them, and columns that it has filled."""

from __future__ import annotations

from rowkeep.domain.act import Act, Condition, CreateTable, Insert, Name, Update
from rowkeep.domain.context import Context


def copied(act: Act, context: Context) -> None:
    """Take in which columns the act copies, and which it fills."""
    match act:
        case Update(table=table, columns=columns, copies=copies, where=where):
            for _, old in copies:
                _keep(context, table, old.name, where)
            for column in columns:
                context.known.made["filled", context.key(table), column.name] = context.number
        case (
            CreateTable(reads=(source,), takes=takes, where=where) | Insert(reads=(source,), takes=takes, where=where)
        ):
            for name in takes:
                _keep(context, source, name, where)


def _keep(context: Context, table: Name, column: str, where: Condition) -> None:
    place = (context.key(table), column)
    context.known.kept[place] = {**context.known.kept.get(place, {}), where.words: context.number}
