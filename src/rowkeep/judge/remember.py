"""Act by act, what the text tells about the database goes into `Known`."""

from __future__ import annotations

from dataclasses import replace

from rowkeep.domain.act import (
    Act,
    AddColumn,
    AddConstraint,
    AddEnumValue,
    AttachPartition,
    ChangeType,
    Column,
    Constraint,
    ConstraintKind,
    Copy,
    CreateDomain,
    CreateEnum,
    CreateFunction,
    CreateIndex,
    CreateObject,
    CreateTable,
    CreateTrigger,
    CreateView,
    DropColumn,
    DropConstraint,
    DropNotNull,
    DropObject,
    FrameKind,
    Insert,
    Merge,
    Name,
    ObjectKind,
    Persistence,
    Policy,
    Rename,
    SetNotNull,
    SetSchema,
    SetVariable,
    ValidateConstraint,
)
from rowkeep.domain.context import Context
from rowkeep.domain.known import Key, KnownConstraint, KnownIndex, KnownTable
from rowkeep.judge.naming import chosen_name, column_constraints

_MAYBE = (FrameKind.BRANCH, FrameKind.LOOP, FrameKind.HANDLER, FrameKind.PROTECTED)


def remember(act: Act, context: Context) -> None:
    """Take in what `act` changes. Acts that are only written down (a function's body) change nothing yet."""
    if act.is_stored:
        return
    known = context.known
    match act:
        case CreateTable():
            _created(act, context)
        case AddColumn(table=table, column=column):
            one = _table(context, table)
            known.tables[one.key] = replace(one, columns={**one.columns, column.name.name: column})
            known.made[("column", one.key, column.name.name)] = context.number
            for constraint in column_constraints(column):
                _constrained(context, table, constraint)
        case DropColumn(table=table, column=name):
            one = _table(context, table)
            known.tables[one.key] = replace(one, columns=_without(one, name))
        case ChangeType(table=table, column=name, type=kind):
            one = _table(context, table)
            if name.name in one.columns:
                changed = replace(one.columns[name.name], type=kind)
                known.tables[one.key] = replace(one, columns={**one.columns, name.name: changed})
        case SetNotNull(table=table, column=name) | DropNotNull(table=table, column=name):
            one = _table(context, table)
            if name.name in one.columns:
                changed = replace(one.columns[name.name], is_not_null=isinstance(act, SetNotNull))
                known.tables[one.key] = replace(one, columns={**one.columns, name.name: changed})
        case AddConstraint(table=table, constraint=constraint):
            _constrained(context, table, constraint)
        case ValidateConstraint(table=table, constraint=name):
            one = _table(context, table)
            valid = tuple(replace(each, is_valid=True) if each.name == name.name else each for each in one.constraints)
            known.tables[one.key] = replace(one, constraints=valid)
        case DropConstraint(table=table, constraint=name):
            one = _table(context, table)
            kept = tuple(each for each in one.constraints if each.name != name.name)
            known.tables[one.key] = replace(one, constraints=kept)
        case CreateIndex():
            _indexed(act, context)
        case DropObject():
            _dropped(act, context)
        case Rename() | SetSchema():
            _moved(act, context)
        case AttachPartition(table=table, partition=partition, is_default=is_default):
            _partitioned(context, context.key(table), partition, is_default)
        case Insert(table=table) | Merge(table=table, inserts=True) | Copy(table=Name() as table, is_from=True):
            one = _table(context, table)
            known.tables[one.key] = replace(one, is_written=True)
        case SetVariable():
            _set(act, context)
        case AddEnumValue(type=name, value=value):
            key = context.key(name)
            known.enum_values[key] = {**known.enum_values.get(key, {}), value: context.transaction}
            known.made[("enum value", key, value)] = context.number
        case CreateView(view=name, is_materialized=materialized, is_temporary=temporary, replace=again):
            kind = ObjectKind.MATERIALIZED_VIEW if materialized else ObjectKind.VIEW
            if not again:
                _made(context, kind, name)
            if materialized:
                certain = not act.if_not_exists and not act.is_within(*_MAYBE)
                known.tables[context.key(name)] = KnownTable(
                    context.key(name), context.number, context.transaction, certain, temporary
                )
        case CreateFunction(function=name, is_procedure=procedure):
            _made(context, ObjectKind.PROCEDURE if procedure else ObjectKind.FUNCTION, name)
        case CreateTrigger(table=table, trigger=name):
            known.made[("trigger", context.key(table), name.name)] = context.number
        case Policy(table=table, policy=name, is_new=True):
            known.made[("policy", context.key(table), name.name)] = context.number
        case CreateEnum(type=name):
            _made(context, ObjectKind.TYPE, name)
        case CreateDomain(domain=name):
            _made(context, ObjectKind.DOMAIN, name)
        case CreateObject(kind=kind, name=name):
            _made(context, kind, name)


def _made(context: Context, kind: ObjectKind, name: Name, part: str = "") -> None:
    context.known.made[(kind.value, context.key(name), part)] = context.number


def _table(context: Context, name: Name) -> KnownTable:
    """What is known of the table, perhaps nothing but its name."""
    key = context.key(name)
    return context.known.tables.get(key) or KnownTable(key)


def _without(table: KnownTable, name: Name) -> dict[str, Column]:
    return {key: column for key, column in table.columns.items() if key != name.name}


def _created(act: CreateTable, context: Context) -> None:
    known = context.known
    temporary = act.persistence is Persistence.TEMPORARY
    schema = (
        "pg_temp"
        if temporary
        else next(
            (frame.text for frame in act.inside if frame.kind is FrameKind.SCHEMA and act.table.schema is None), None
        )
    )
    key = (schema, act.table.name) if schema else context.key(act.table)
    there = known.tables.get(key)
    if there is not None and act.if_not_exists and key not in known.dropped:
        # It stands already: the statement does nothing.
        return
    gone = known.dropped.pop(key, None) == context.number
    certain = gone or not (act.if_not_exists or act.is_within(*_MAYBE))
    known.tables[key] = KnownTable(
        key,
        context.number,
        context.transaction,
        certain,
        temporary,
        act.from_query,
        act.is_partitioned,
        columns={column.name.name: column for column in act.columns},
        is_complete=certain and not (act.from_query or act.like or act.inherits or act.partition_of),
    )
    known.made[("table", key, "")] = context.number
    if temporary:
        known.temporary.add(key)
    name = Name(key[1], key[0])
    for column in act.columns:
        for constraint in column_constraints(column):
            _constrained(context, name, constraint)
    for constraint in act.constraints:
        _constrained(context, name, constraint)
    if act.partition_of is not None:
        _partitioned(context, context.key(act.partition_of), name, act.is_default)


def _constrained(context: Context, table: Name, constraint: Constraint) -> None:
    one = _table(context, table)
    name = chosen_name(table, constraint)
    fresh = KnownConstraint(constraint, name, not constraint.not_valid, context.number, context.transaction)
    context.known.tables[one.key] = replace(one, constraints=(*one.constraints, fresh))
    context.known.made[("constraint", one.key, name)] = context.number
    if constraint.kind is ConstraintKind.NOT_NULL and not constraint.not_valid:
        remember(SetNotNull(constraint.span, (), table, constraint.columns[0]), context)


def _indexed(act: CreateIndex, context: Context) -> None:
    if act.index is None:
        return
    table = context.key(act.table)
    key = (table[0], act.index.name)
    columns = tuple(column.name if column else None for column in act.columns)
    context.known.indexes[key] = KnownIndex(key, table, columns, act.unique, context.number, context.transaction)
    context.known.made[("index", key, "")] = context.number


def _dropped(act: DropObject, context: Context) -> None:
    known, key = context.known, context.key(act.name)
    if act.kind in (ObjectKind.TABLE, ObjectKind.FOREIGN_TABLE, ObjectKind.MATERIALIZED_VIEW):
        known.tables.pop(key, None)
        known.dropped[key] = context.number
    elif act.kind is ObjectKind.INDEX:
        known.indexes.pop(key, None)
    elif act.kind in (ObjectKind.FUNCTION, ObjectKind.PROCEDURE, ObjectKind.ROUTINE):
        known.functions.pop(key, None)


def _moved(act: Rename | SetSchema, context: Context) -> None:
    """A renamed table keeps what is known of it."""
    known = context.known
    if act.kind not in (ObjectKind.TABLE, ObjectKind.INDEX) or (isinstance(act, Rename) and act.part is not None):
        return
    old = context.key(act.name)
    new: Key = (old[0], act.new_name.name) if isinstance(act, Rename) else (act.schema.name, old[1])
    table = known.tables.pop(old, None)
    if table is not None:
        known.tables[new] = replace(table, key=new)
        known.made[("table", new, "")] = context.number
    index = known.indexes.pop(old, None)
    if index is not None:
        known.indexes[new] = replace(index, key=new)


def _partitioned(context: Context, parent: Key, partition: Name, is_default: bool) -> None:
    known = context.known
    child = _table(context, partition)
    known.tables[child.key] = replace(child, partition_of=parent)
    above = known.tables.get(parent) or KnownTable(parent)
    known.tables[parent] = replace(above, is_partitioned=True, has_default=above.has_default or is_default)


def _set(act: SetVariable, context: Context) -> None:
    known = context.known
    if act.value is None:
        if act.name == "all":
            known.settings.clear()
            known.search_path = ("public",)
        known.settings.pop(act.name, None)
    else:
        known.settings[act.name] = act.value
    if act.name == "search_path":
        parts = (part.strip().strip('"') for part in (act.value or "public").split(","))
        known.search_path = tuple(part for part in parts if part and part != "$user") or ("public",)
