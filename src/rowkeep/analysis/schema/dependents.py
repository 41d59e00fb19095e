"""What a drop removes as well, and what a rename changes as well: views, keys, triggers and indexes."""

from __future__ import annotations

from rowkeep.domain.frozen import replace
from rowkeep.domain.operation import ConstraintKind, Name
from rowkeep.domain.schema.schema_state import Key, KnownConstraint, KnownTable, SchemaState


def drop_relation(known: SchemaState, key: Key, *, cascade: bool) -> None:
    """A table or view goes, with its triggers and indexes; with CASCADE the views and foreign keys that need it."""
    known.views.pop(key, None)
    for trigger in [trigger for trigger in known.triggers if trigger[0] == key]:
        del known.triggers[trigger]
    for index in known.indexes.of(key):
        del known.indexes[index.key]
    if not cascade:
        return
    for table in list(known.tables.values()):
        kept = tuple(each for each in table.constraints if not _refers(known, table, each, key))
        if len(kept) < len(table.constraints):
            known.tables[table.key] = replace(table, constraints=kept)
    readers = [view.key for view in known.views.values() if key in view.reads]
    while readers:
        # A long chain of views is gone through one by one, and not call within call.
        reader = readers.pop()
        drop_relation(known, reader, cascade=False)
        readers += [view.key for view in known.views.values() if reader in view.reads]


def drop_column(known: SchemaState, table: KnownTable, column: str, *, cascade: bool) -> None:
    """A column goes, with every index and constraint that has it; with CASCADE the views that need it."""
    columns = {name: each for name, each in table.columns.items() if name != column}
    kept = tuple(each for each in table.constraints if all(one.name != column for one in each.constraint.columns))
    known.tables[table.key] = replace(table, columns=columns, constraints=kept)
    for index in known.indexes.of(table.key):
        if column in index.columns or column in index.computed:
            del known.indexes[index.key]
    if cascade:
        for view in list(known.views.values()):
            if view.needs_column(table.key, column, table.columns):
                drop_relation(known, view.key, cascade=True)


def move_relation(known: SchemaState, old: Key, new: Key) -> None:
    """A table or view has another name or schema: what reads it and refers to it follows."""
    table = known.tables.pop(old, None)
    if table is not None:
        known.tables[new] = replace(table, key=new)
    view = known.views.pop(old, None)
    if view is not None:
        known.views[new] = replace(view, key=new)
    for each in list(known.views.values()):
        if old in each.reads:
            reads = tuple(new if one == old else one for one in each.reads)
            needs = frozenset((new if one == old else one, column) for one, column in each.needs)
            whole = tuple((new if one == old else one, then) for one, then in each.whole)
            known.views[each.key] = replace(each, reads=reads, needs=needs, whole=whole)
    for index in known.indexes.of(old):
        known.indexes[index.key] = replace(index, table=new)
    for (on, trigger), function in list(known.triggers.items()):
        if on == old:
            del known.triggers[on, trigger]
            known.triggers[new, trigger] = function
    for other in list(known.tables.values()):
        moved = tuple(
            replace(each, constraint=replace(each.constraint, refers_to=Name(new[1], new[0])))
            if _refers(known, other, each, old)
            else each
            for each in other.constraints
        )
        partition_of = new if other.partition_of == old else other.partition_of
        if moved != other.constraints or partition_of != other.partition_of:
            known.tables[other.key] = replace(other, constraints=moved, partition_of=partition_of)


def rename_column(known: SchemaState, table: KnownTable, old: str, new: Name) -> None:
    """A column has another name: its keys, indexes and readers follow."""
    columns = {
        new.name if name == old else name: replace(each, name=new) if name == old else each
        for name, each in table.columns.items()
    }
    constraints = tuple(
        replace(each, constraint=replace(each.constraint, columns=_rename_in(each.constraint.columns, old, new)))
        for each in table.constraints
    )
    known.tables[table.key] = replace(table, columns=columns, constraints=constraints)
    for index in known.indexes.of(table.key):
        if old in index.columns:
            keys = tuple(new.name if each == old else each for each in index.columns)
            known.indexes[index.key] = replace(index, columns=keys)
    for view in list(known.views.values()):
        if table.key in view.reads:
            gone, come = (table.key, old), (table.key, new.name)
            needs = view.needs - {gone} | {come} if gone in view.needs else view.needs
            whole = tuple(
                (key, then - {old} | {new.name} if key == table.key and old in then else then)
                for key, then in view.whole
            )
            known.views[view.key] = replace(view, needs=needs, whole=whole)


def _rename_in(columns: tuple[Name, ...], old: str, new: Name) -> tuple[Name, ...]:
    return tuple(new if each.name == old else each for each in columns)


def _refers(known: SchemaState, table: KnownTable, each: KnownConstraint, key: Key) -> bool:
    """Whether the constraint is a foreign key to `key`. A name without a schema means that of its own table first."""
    name = each.constraint.refers_to
    if each.constraint.kind is not ConstraintKind.FOREIGN_KEY or name is None or name.name != key[1]:
        return False
    return key[0] in ((name.schema,) if name.schema is not None else (table.key[0], *known.search_path))
