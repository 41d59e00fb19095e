"""What the text has dropped or renamed for certain, and nothing has made again: tables, and columns of them."""

from __future__ import annotations

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.lint.context import Context
from rowkeep.domain.operation import (
    AddColumn,
    AddConstraint,
    Column,
    ConstraintKind,
    CreateIndex,
    CreateObject,
    CreateTable,
    CreateView,
    DropColumn,
    DropConstraint,
    DropObject,
    FrameKind,
    Generated,
    Name,
    ObjectKind,
    Operation,
    Rename,
    SetSchema,
)
from rowkeep.domain.schema.schema_state import Key

_MAYBE = (FrameKind.BRANCH, FrameKind.LOOP, FrameKind.HANDLER, FrameKind.PROTECTED)
_RELATIONS = frozenset(
    {ObjectKind.TABLE, ObjectKind.FOREIGN_TABLE, ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW, ObjectKind.SEQUENCE}
)


def track_drops(operation: Operation, context: Context) -> None:
    """Record what `operation` removes, or creates again."""
    match operation:
        case CreateTable(table=name):
            _back(context, context.key(name))
        case CreateView(view=name):
            _back(context, context.key(name))
            context.known.absent.discard(context.key(name))
        case AddColumn(table=table, column=column):
            context.known.gone.pop((context.key(table), column.name.name), None)
        case DropObject(kind=kind, name=name) if kind in _RELATIONS and not name.is_unknown:
            _away(operation, context, context.key(name))
        case DropObject(kind=ObjectKind.SCHEMA, name=schema):
            for key in [key for key in context.known.tables if key[0] == schema.name]:
                _away(operation, context, key)
                del context.known.tables[key]
        case DropColumn(table=table, column=column) if not table.is_unknown and not column.is_unknown:
            _away(operation, context, context.key(table), column.name)
        case Rename(kind=ObjectKind.COLUMN, name=name, part=Name() as part, new_name=new):
            _away(operation, context, context.key(name), part.name)
            context.known.gone.pop((context.key(name), new.name), None)
        case Rename(kind=kind, name=name, part=None, new_name=new) if kind in _RELATIONS:
            old = context.key(name)
            _away(operation, context, old)
            _back(context, (old[0], new.name))
            context.known.absent.discard((old[0], new.name))
        case SetSchema(kind=kind, name=name, schema=schema) if kind in _RELATIONS:
            old = context.key(name)
            _away(operation, context, old)
            _back(context, (schema.name, old[1]))
            context.known.absent.discard((schema.name, old[1]))


def _away(operation: Operation, context: Context, key: Key, column: str = "") -> None:
    if not operation.is_within(*_MAYBE) and not Name(key[1]).is_unknown:
        known = context.known
        if (key, column) not in known.gone:
            known.gone_parts[key] = (*known.gone_parts.get(key, ()), column)
        known.gone[key, column] = context.number


def _back(context: Context, key: Key) -> None:
    for column in context.known.gone_parts.pop(key, ()):
        context.known.gone.pop((key, column), None)


@dataclass(frozen=True, slots=True)
class Owned:
    """The indexes and sequences that go with what an operation drops of `table`, each with the words for it."""

    table: Key
    parts: dict[Key, str]


def owned_objects(operation: Operation, context: Context) -> Owned | None:
    """The objects that go with what the operation drops, before it does."""
    known = context.known
    match operation:
        case DropColumn(table=table, column=column):
            words, one = f"the column {column} of {table}", context.table(table)
        case DropConstraint(table=table, constraint=constraint):
            words, one = f"the constraint {constraint} of {table}", context.table(table)
        case DropObject(kind=kind, name=table) if kind in (ObjectKind.TABLE, ObjectKind.MATERIALIZED_VIEW):
            words, one = f"the {kind.value} {table}", context.table(table)
        case _:
            return None
    if one is None:
        return None
    found = [index.key for index in known.indexes.of(one.key)]
    found += [(one.key[0], each.name) for each in one.constraints if each.constraint.kind in _INDEXED]
    if not isinstance(operation, DropConstraint):
        numbered = [name for name, column in one.columns.items() if _has_sequence(column)]
        numbered = [
            name for name in numbered if not isinstance(operation, DropColumn) or name == operation.column.name
        ]
        found += [(one.key[0], f"{one.key[1]}_{name}_seq") for name in numbered]
    return Owned(one.key, dict.fromkeys(found, words)) if found else None


def constraints_of(operation: Operation, context: Context) -> dict[tuple[Key, str], str]:
    """The constraints of a table that loses a column, with the words for it; before it does."""
    one = context.table(operation.table) if isinstance(operation, DropColumn) else None
    if one is None or not isinstance(operation, DropColumn):
        return {}
    return {(one.key, each.name): f"the column {operation.column} of {operation.table}" for each in one.constraints}


def constraints_went_along(operation: Operation, before: dict[tuple[Key, str], str], context: Context) -> None:
    """Take in which of them are gone now, and what has come back under such a name."""
    known = context.known
    if isinstance(operation, AddConstraint | AddColumn | CreateTable | Rename | SetSchema):
        known.taken_constraints.clear()
    if not before or operation.is_within(*_MAYBE):
        return
    tables = (known.tables.get(key) for key in {key for key, _ in before})
    left = {(table.key, each.name) for table in tables if table is not None for each in table.constraints}
    known.taken_constraints |= {key: words for key, words in before.items() if key not in left}


_INDEXED = (ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE, ConstraintKind.EXCLUDE)


def _has_sequence(column: Column) -> bool:
    serial = column.type is not None and "serial" in column.type.name
    return serial or column.generated is Generated.IDENTITY


def went_along(operation: Operation, before: Owned | None, context: Context) -> None:
    """Take in which of them are gone now, and what has come back under such a name."""
    known = context.known
    match operation:
        case Rename() | SetSchema():
            known.taken.clear()
        case CreateIndex(table=table, index=Name() as index):
            known.taken.pop((context.key(table)[0], index.name), None)
        case CreateIndex():
            for key in [key for key in known.taken if key in known.indexes]:
                del known.taken[key]
        case CreateObject(name=name):
            known.taken.pop(context.key(name), None)
    if before is None or operation.is_within(*_MAYBE):
        return
    kept = known.tables.get(before.table)
    constraints = {(before.table[0], each.name) for each in kept.constraints} if kept is not None else ()
    for key, words in before.parts.items():
        if key not in known.indexes and key not in constraints:
            known.taken[key] = words
