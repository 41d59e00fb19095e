"""What the text has dropped or renamed for certain, and nothing has made again: tables, and columns of them."""

from __future__ import annotations

from rowkeep.domain.act import (
    Act,
    AddColumn,
    CreateTable,
    CreateView,
    DropColumn,
    DropObject,
    FrameKind,
    Name,
    ObjectKind,
    Rename,
    SetSchema,
)
from rowkeep.domain.context import Context
from rowkeep.domain.known import Key

_MAYBE = (FrameKind.BRANCH, FrameKind.LOOP, FrameKind.HANDLER, FrameKind.PROTECTED)
_RELATIONS = frozenset(
    {ObjectKind.TABLE, ObjectKind.FOREIGN_TABLE, ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW, ObjectKind.SEQUENCE}
)


def lose(act: Act, context: Context) -> None:
    """Take in what `act` takes away, or brings back."""
    match act:
        case CreateTable(table=name):
            _back(context, context.key(name))
        case CreateView(view=name):
            _back(context, context.key(name))
            context.known.absent.discard(context.key(name))
        case AddColumn(table=table, column=column):
            context.known.gone.pop((context.key(table), column.name.name), None)
        case DropObject(kind=kind, name=name) if kind in _RELATIONS and not name.is_unknown:
            _away(act, context, context.key(name))
        case DropObject(kind=ObjectKind.SCHEMA, name=schema):
            for key in [key for key in context.known.tables if key[0] == schema.name]:
                _away(act, context, key)
                del context.known.tables[key]
        case DropColumn(table=table, column=column) if not table.is_unknown and not column.is_unknown:
            _away(act, context, context.key(table), column.name)
        case Rename(kind=ObjectKind.COLUMN, name=name, part=Name() as part, new_name=new):
            _away(act, context, context.key(name), part.name)
            context.known.gone.pop((context.key(name), new.name), None)
        case Rename(kind=kind, name=name, part=None, new_name=new) if kind in _RELATIONS:
            old = context.key(name)
            _away(act, context, old)
            _back(context, (old[0], new.name))
            context.known.absent.discard((old[0], new.name))
        case SetSchema(kind=kind, name=name, schema=schema) if kind in _RELATIONS:
            old = context.key(name)
            _away(act, context, old)
            _back(context, (schema.name, old[1]))
            context.known.absent.discard((schema.name, old[1]))


def _away(act: Act, context: Context, key: Key, column: str = "") -> None:
    if not act.is_within(*_MAYBE) and not Name(key[1]).is_unknown:
        context.known.gone[key, column] = context.number


def _back(context: Context, key: Key) -> None:
    for each in [each for each in context.known.gone if each[0] == key]:
        del context.known.gone[each]
