"""Record in the schema state what each operation changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rowkeep.analysis.naming import column_constraints, constraint_name, index_name
from rowkeep.analysis.schema import domains
from rowkeep.analysis.schema.copies import find_copies
from rowkeep.analysis.schema.dependents import drop_column, drop_relation, move_relation, rename_column
from rowkeep.analysis.schema.dropped_objects import (
    constraints_of,
    constraints_went_along,
    owned_objects,
    track_drops,
    went_along,
)
from rowkeep.analysis.schema.held_locks import track_locks
from rowkeep.analysis.schema.views import view_state
from rowkeep.domain.frozen import replace
from rowkeep.domain.lint.context import Context
from rowkeep.domain.operation import (
    AddColumn,
    AddConstraint,
    AddEnumValue,
    AlterDomain,
    AlterFunction,
    AlterTable,
    AttachPartition,
    CallFunction,
    ChangeDefault,
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
    DetachPartition,
    DropColumn,
    DropConstraint,
    DropNotNull,
    DropObject,
    FrameKind,
    Insert,
    Merge,
    Name,
    ObjectKind,
    OfNewerMajor,
    Opaque,
    Operation,
    Persistence,
    Policy,
    Rename,
    SetNotNull,
    SetSchema,
    SetVariable,
    Unjudged,
    Unmodelled,
    UnreadableSql,
    ValidateConstraint,
)
from rowkeep.domain.schema.dependents import generated_from
from rowkeep.domain.schema.schema_state import Key, KnownConstraint, KnownIndex, KnownTable
from rowkeep.knowledge import functions

_RELATIONS = (ObjectKind.TABLE, ObjectKind.INDEX, ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW)
_MAYBE = (FrameKind.BRANCH, FrameKind.LOOP, FrameKind.HANDLER, FrameKind.PROTECTED)

MOST_COLUMNS = 1600
"""PostgreSQL's own limit: a table has no more, and no more of them are kept."""


def track_operation(operation: Operation, context: Context) -> None:
    """Record what `operation` changes. An operation that is only stored (a function's body) changes nothing yet."""
    if operation.is_stored:
        return
    track_locks(operation, context)
    track_drops(operation, context)
    find_copies(operation, context)
    before, constraints = owned_objects(operation, context), constraints_of(operation, context)
    track = _TRACKERS.get(type(operation))
    if track is not None:
        track(operation, context)
    went_along(operation, before, context)
    constraints_went_along(operation, constraints, context)


def _track_add_column(operation: AddColumn, context: Context) -> None:
    known, column, table = context.known, operation.column, _table(context, operation.table)
    if len(table.columns) < MOST_COLUMNS:
        known.tables[table.key] = replace(table, columns={**table.columns, column.name.name: column})
    known.made[("column", table.key, column.name.name)] = context.number
    for constraint in column_constraints(column):
        _track_constraint(context, operation.table, constraint)


def _track_drop_column(operation: DropColumn, context: Context) -> None:
    table, column = operation.table, operation.column
    for name in (column.name, *generated_from(context, table, column)):
        drop_column(context.known, _table(context, table), name, cascade=operation.cascade)


def _track_change_type(operation: ChangeType, context: Context) -> None:
    _mark_changed(operation, context)
    _change_column(context, operation.table, operation.column, type=operation.type)


def _track_change_default(operation: ChangeDefault, context: Context) -> None:
    _mark_changed(operation, context)
    _change_column(context, operation.table, operation.column, default=operation.default)


def _track_set_not_null(operation: SetNotNull, context: Context) -> None:
    _mark_changed(operation, context)
    context.known.made[("not null", context.key(operation.table), operation.column.name)] = context.number
    _change_column(context, operation.table, operation.column, is_not_null=True)


def _track_drop_not_null(operation: DropNotNull, context: Context) -> None:
    _mark_changed(operation, context)
    context.known.made.pop(("not null", context.key(operation.table), operation.column.name), None)
    _change_column(context, operation.table, operation.column, is_not_null=False)


def _mark_changed(operation: ChangeType | ChangeDefault | SetNotNull | DropNotNull, context: Context) -> None:
    context.known.made[("change", context.key(operation.table), operation.column.name)] = context.number


def _change_column(context: Context, table: Name, column: Name, **changes: Any) -> None:
    """Set fields of a column, if it is known."""
    known_table = _table(context, table)
    if column.name in known_table.columns:
        changed = replace(known_table.columns[column.name], **changes)
        columns = {**known_table.columns, column.name: changed}
        context.known.tables[known_table.key] = replace(known_table, columns=columns)


def _track_add_constraint(operation: AddConstraint, context: Context) -> None:
    _track_constraint(context, operation.table, operation.constraint)


def _track_validate(operation: ValidateConstraint, context: Context) -> None:
    table, name = _table(context, operation.table), operation.constraint.name
    constraints = tuple(
        replace(constraint, is_valid=True) if constraint.name == name else constraint
        for constraint in table.constraints
    )
    context.known.tables[table.key] = replace(table, constraints=constraints)
    for constraint in constraints:
        if constraint.name == name and constraint.constraint.kind is ConstraintKind.NOT_NULL:
            # It takes the weak lock of VALIDATE only.
            _change_column(context, operation.table, constraint.constraint.columns[0], is_not_null=True)


def _track_drop_constraint(operation: DropConstraint, context: Context) -> None:
    known, table, name = context.known, _table(context, operation.table), operation.constraint.name
    kept = tuple(constraint for constraint in table.constraints if constraint.name != name)
    known.tables[table.key] = replace(table, constraints=kept)
    known.indexes.pop((table.key[0], name))


def _track_attach_partition(operation: AttachPartition, context: Context) -> None:
    _track_attach(context, context.key(operation.table), operation.partition, operation.is_default)


def _track_detach_partition(operation: DetachPartition, context: Context) -> None:
    _track_detach(context, _table(context, operation.table), _table(context, operation.partition))


def _track_insert(operation: Insert, context: Context) -> None:
    _mark_written(operation.table, context)


def _track_merge(operation: Merge, context: Context) -> None:
    if operation.inserts:
        _mark_written(operation.table, context)


def _track_copy(operation: Copy, context: Context) -> None:
    if operation.is_from and operation.table is not None:
        _mark_written(operation.table, context)


def _mark_written(name: Name, context: Context) -> None:
    table = _table(context, name)
    context.known.tables[table.key] = replace(table, is_written=True)


def _track_add_enum_value(operation: AddEnumValue, context: Context) -> None:
    known, key, value = context.known, context.key(operation.type), operation.value
    known.enum_values[key] = {**known.enum_values.get(key, {}), value: context.transaction}
    known.made[("enum value", key, value)] = context.number


def _track_create_function(operation: CreateFunction, context: Context) -> None:
    kind = ObjectKind.PROCEDURE if operation.is_procedure else ObjectKind.FUNCTION
    _track_created(context, kind, operation.function)


def _track_alter_function(operation: AlterFunction, context: Context) -> None:
    function = context.function(operation.function)
    volatility = dict(operation.options).get("volatility")
    if function is not None and volatility is not None:
        context.known.functions[context.key(function.name)] = replace(function, volatility=volatility)


def _track_alter_table(operation: AlterTable, context: Context) -> None:
    known, table = context.known, _table(context, operation.table)
    match operation.action:
        case "EnableRowSecurity" | "DisableRowSecurity" as action:
            known.tables[table.key] = replace(table, has_row_security=action == "EnableRowSecurity")
        case "SetLogged" | "SetUnLogged" as action:
            persistence = Persistence.PERMANENT if action == "SetLogged" else Persistence.UNLOGGED
            is_certain = not operation.is_within(*_MAYBE)
            known.tables[table.key] = replace(table, persistence=persistence if is_certain else None)
        case "AddInherit" | "DropInherit" as action if isinstance(operation.subject, Name):
            parent = context.key(operation.subject)
            others = tuple(key for key in table.parents if key != parent)
            parents = (*others, parent) if action == "AddInherit" else others
            known.tables[table.key] = replace(table, parents=parents)


def _track_create_trigger(operation: CreateTrigger, context: Context) -> None:
    known, key = context.known, (context.key(operation.table), operation.trigger.name)
    known.made[("trigger", *key)] = context.number
    known.trigger_events[key] = operation.events
    known.triggers[key] = context.key(operation.function)


def _track_policy(operation: Policy, context: Context) -> None:
    if operation.is_new:
        context.known.made[("policy", context.key(operation.table), operation.policy.name)] = context.number


def _track_create_enum(operation: CreateEnum, context: Context) -> None:
    _track_created(context, ObjectKind.TYPE, operation.type)
    context.known.enum_values[context.key(operation.type)] = dict.fromkeys(operation.values, 0)


def _track_create_domain(operation: CreateDomain, context: Context) -> None:
    _track_created(context, ObjectKind.DOMAIN, operation.domain)
    domains.create_domain(operation, context)


def _track_create_object(operation: CreateObject, context: Context) -> None:
    if operation.kind is ObjectKind.FOREIGN_TABLE:
        _track_foreign_schema(context, operation.options)
        context.known.blur()
        return
    _track_created(context, operation.kind, operation.name)
    # The script of an extension can do anything.
    if operation.kind is ObjectKind.EXTENSION:
        context.known.blur()


def _track_call(operation: CallFunction, context: Context) -> None:
    """A function whose body is not known can do anything."""
    name = operation.call.name
    if context.known.is_exact and functions.function_volatility(name.name) is None and not _is_readable(context, name):
        context.known.blur()


def _track_unknown(operation: Operation, context: Context) -> None:
    """A statement that is not understood can do anything."""
    context.known.blur()


def _track_foreign_schema(context: Context, options: tuple[tuple[str, str], ...]) -> None:
    """Foreign tables come into a schema: those that are named, or whatever the other server has."""
    schema = next((value for name, value in options if name == "into"), "")
    tables = [value for name, value in options if name == "table"]
    for table in tables:
        key = (schema, table)
        context.known.tables[key] = KnownTable(key, context.number, context.transaction, True, is_foreign=True)
    if not tables:
        context.known.foreign_schemas.add(schema)


def _is_readable(context: Context, name: Name) -> bool:
    function = context.function(name)
    return function is not None and function.is_readable


def _track_created(context: Context, kind: ObjectKind, name: Name, part: str = "") -> None:
    context.known.made[(kind.value, context.key(name), part)] = context.number


def _table(context: Context, name: Name) -> KnownTable:
    """What is known of the table, perhaps nothing but its name."""
    key = context.key(name)
    return context.known.tables.get(key) or KnownTable(key)


def _track_create_table(operation: CreateTable, context: Context) -> None:
    known = context.known
    temporary = operation.persistence is Persistence.TEMPORARY
    schema = (
        "pg_temp"
        if temporary
        else next(
            (
                frame.text
                for frame in operation.inside
                if frame.kind is FrameKind.SCHEMA and operation.table.schema is None
            ),
            None,
        )
    )
    key = (schema, operation.table.name) if schema else context.key(operation.table)
    there = known.tables.get(key)
    if there is not None and operation.if_not_exists and key not in known.dropped:
        # It stands already: the statement does nothing.
        return
    gone = known.dropped.pop(key, None) == context.number or key in known.absent
    known.absent.discard(key)
    certain = gone or not (operation.if_not_exists or operation.is_within(*_MAYBE))
    around = tuple(frame for frame in operation.inside if frame.kind in _MAYBE)
    known.tables[key] = KnownTable(
        key,
        context.number,
        context.transaction,
        certain,
        temporary,
        operation.from_query,
        operation.is_partitioned,
        columns={**_copied_columns(operation, context), **{column.name.name: column for column in operation.columns}},
        is_complete=certain
        and not (operation.from_query or operation.like or operation.inherits or operation.partition_of),
        is_listed=not (operation.from_query or operation.like or operation.inherits or operation.partition_of),
        is_foreign=operation.is_foreign,
        partition_by=tuple(each.name if each else None for each in operation.partition_by)
        if operation.is_partitioned
        else None,
        persistence=operation.persistence if certain else None,
        parents=tuple(context.key(each) for each in operation.inherits),
        within=None if operation.if_not_exists else around,
    )
    known.made[("table", key, "")] = context.number
    if temporary or operation.table.is_unknown:
        known.temporary.add(key)
    if operation.drops_on_commit:
        known.until_commit.add(key)
    name = Name(key[1], key[0])
    for column in operation.columns:
        for constraint in column_constraints(column):
            _track_constraint(context, name, constraint)
    for constraint in operation.constraints:
        _track_constraint(context, name, constraint)
    if operation.partition_of is not None:
        _track_attach(context, context.key(operation.partition_of), name, operation.is_default)


def _copied_columns(operation: CreateTable, context: Context) -> dict[str, Column]:
    """Columns that come from LIKE, INHERITS or PARTITION OF: NOT NULL comes along, defaults and checks may not."""
    found: dict[str, Column] = {}
    for name in (*operation.like, *operation.inherits, *((operation.partition_of,) if operation.partition_of else ())):
        source = context.table(name)
        if source is not None:
            found |= {key: replace(each, default=None, constraints=()) for key, each in source.columns.items()}
    return found


def _track_view(operation: CreateView, context: Context) -> None:
    known, key = context.known, context.key(operation.view)
    if operation.if_not_exists and key in known.views:
        return
    if not operation.replace or key not in known.views:
        _track_created(
            context, ObjectKind.MATERIALIZED_VIEW if operation.is_materialized else ObjectKind.VIEW, operation.view
        )
    known.views[key] = view_state(operation, context)
    if operation.is_materialized:
        certain = not operation.if_not_exists and not operation.is_within(*_MAYBE)
        known.tables[key] = KnownTable(key, context.number, context.transaction, certain, operation.is_temporary)


def _track_constraint(context: Context, table: Name, constraint: Constraint) -> None:
    one = _table(context, table)
    name = constraint_name(table, constraint)
    fresh = KnownConstraint(constraint, name, not constraint.not_valid, context.number, context.transaction)
    context.known.tables[one.key] = replace(one, constraints=(*one.constraints, fresh))
    context.known.made[("constraint", one.key, name)] = context.number
    if constraint.kind is ConstraintKind.NOT_NULL and not constraint.not_valid:
        track_operation(SetNotNull(constraint.span, (), table, constraint.columns[0]), context)
    elif constraint.kind is ConstraintKind.PRIMARY_KEY:
        for column in _key_columns(context, constraint):
            track_operation(SetNotNull(constraint.span, (), table, column), context)


def _key_columns(context: Context, constraint: Constraint) -> tuple[Name, ...]:
    """The columns of a key, also where it takes over an index."""
    index = context.index(constraint.using_index) if constraint.using_index else None
    if index is None:
        return constraint.columns
    return tuple(Name(column) for column in index.columns if column is not None)


def _track_index(operation: CreateIndex, context: Context) -> None:
    table = context.key(operation.table)
    indexes = context.known.indexes
    key = (table[0], index_name(operation, lambda name: (table[0], name) in indexes))
    columns = tuple(column.name if column else None for column in operation.columns)
    context.known.indexes[key] = KnownIndex(
        key, table, columns, operation.unique, context.number, context.transaction, operation.computed
    )
    context.known.made[("index", key, "")] = context.number


def _track_drop(operation: DropObject, context: Context) -> None:
    known, key = context.known, context.key(operation.name)
    if operation.kind in (ObjectKind.TABLE, ObjectKind.FOREIGN_TABLE, ObjectKind.MATERIALIZED_VIEW):
        known.tables.pop(key, None)
        known.dropped[key] = context.number
        drop_relation(known, key, cascade=operation.cascade)
    elif operation.kind is ObjectKind.VIEW:
        drop_relation(known, key, cascade=operation.cascade)
    elif operation.kind is ObjectKind.TRIGGER and operation.on is not None:
        known.triggers.pop((context.key(operation.on), operation.name.name), None)
    elif operation.kind is ObjectKind.INDEX:
        index = context.index(operation.name)
        known.indexes.pop(index.key if index is not None else key)
    elif operation.kind in (ObjectKind.FUNCTION, ObjectKind.PROCEDURE, ObjectKind.ROUTINE):
        known.functions.pop(key, None)
        for trigger in [
            trigger for trigger, function in known.triggers.items() if function == key and operation.cascade
        ]:
            del known.triggers[trigger]


def _track_rename(operation: Rename | SetSchema, context: Context) -> None:
    """A renamed table keeps what is known of it."""
    known = context.known
    if isinstance(operation, Rename) and operation.part is not None:
        if operation.kind is ObjectKind.COLUMN and context.table(operation.name) is not None:
            rename_column(known, _table(context, operation.name), operation.part.name, operation.new_name)
        return
    old = context.key(operation.name)
    new: Key = (old[0], operation.new_name.name) if isinstance(operation, Rename) else (operation.schema.name, old[1])
    made = known.made.get((operation.kind.value, old, ""))
    if made is not None:
        known.made[operation.kind.value, new, ""] = made
    if operation.kind not in _RELATIONS:
        return
    move_relation(known, old, new)
    index = known.indexes.pop(old)
    if index is not None:
        known.indexes[new] = replace(index, key=new)


def _track_attach(context: Context, parent: Key, partition: Name, is_default: bool) -> None:
    known = context.known
    child = _table(context, partition)
    known.tables[child.key] = replace(child, partition_of=parent, is_default=is_default)
    above = known.tables.get(parent) or KnownTable(parent)
    known.tables[parent] = replace(above, is_partitioned=True, has_default=above.has_default or is_default)


def _track_detach(context: Context, parent: KnownTable, child: KnownTable) -> None:
    tables = context.known.tables
    tables[child.key] = replace(child, partition_of=None, is_default=False)
    tables[parent.key] = replace(parent, is_partitioned=True, has_default=parent.has_default and not child.is_default)


def _track_set_variable(operation: SetVariable, context: Context) -> None:
    known = context.known
    if operation.value is None:
        if operation.name == "all":
            known.settings.clear()
            known.search_path = known.home
        known.settings.pop(operation.name, None)
    else:
        known.settings[operation.name] = operation.value
    if operation.name == "search_path":
        parts = (part.strip().strip('"') for part in (operation.value or ",".join(known.home)).split(","))
        known.search_path = tuple(part for part in parts if part and part != "$user") or known.home


_TRACKERS: Mapping[type[Operation], Callable[[Any, Context], None]] = {
    AddColumn: _track_add_column,
    AddConstraint: _track_add_constraint,
    AddEnumValue: _track_add_enum_value,
    AlterDomain: domains.alter_domain,
    AlterFunction: _track_alter_function,
    AlterTable: _track_alter_table,
    AttachPartition: _track_attach_partition,
    CallFunction: _track_call,
    ChangeDefault: _track_change_default,
    ChangeType: _track_change_type,
    Copy: _track_copy,
    CreateDomain: _track_create_domain,
    CreateEnum: _track_create_enum,
    CreateFunction: _track_create_function,
    CreateIndex: _track_index,
    CreateObject: _track_create_object,
    CreateTable: _track_create_table,
    CreateTrigger: _track_create_trigger,
    CreateView: _track_view,
    DetachPartition: _track_detach_partition,
    DropColumn: _track_drop_column,
    DropConstraint: _track_drop_constraint,
    DropNotNull: _track_drop_not_null,
    DropObject: _track_drop,
    Insert: _track_insert,
    Merge: _track_merge,
    OfNewerMajor: _track_unknown,
    Opaque: _track_unknown,
    Policy: _track_policy,
    Rename: _track_rename,
    SetNotNull: _track_set_not_null,
    SetSchema: _track_rename,
    SetVariable: _track_set_variable,
    Unjudged: _track_unknown,
    Unmodelled: _track_unknown,
    UnreadableSql: _track_unknown,
    ValidateConstraint: _track_validate,
}
"""What each kind of operation changes; the others change nothing that is tracked."""
