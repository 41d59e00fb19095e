"""Act by act, what the text tells about the database goes into `Known`."""

from __future__ import annotations

from dataclasses import replace

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
    """Take in what `act` changes. Acts that are only written down (a function's body) change nothing yet."""
    if operation.is_stored:
        return
    track_locks(operation, context)
    track_drops(operation, context)
    find_copies(operation, context)
    before, constraints = owned_objects(operation, context), constraints_of(operation, context)
    _change(operation, context)
    went_along(operation, before, context)
    constraints_went_along(operation, constraints, context)


def _change(operation: Operation, context: Context) -> None:
    """What each kind of act changes."""
    known = context.known
    if isinstance(operation, ChangeType | ChangeDefault | SetNotNull | DropNotNull):
        known.made[("change", context.key(operation.table), operation.column.name)] = context.number
    match operation:
        case CreateTable():
            _track_create_table(operation, context)
        case AddColumn(table=table, column=column):
            one = _table(context, table)
            if len(one.columns) < MOST_COLUMNS:
                known.tables[one.key] = replace(one, columns={**one.columns, column.name.name: column})
            known.made[("column", one.key, column.name.name)] = context.number
            for constraint in column_constraints(column):
                _track_constraint(context, table, constraint)
        case DropColumn(table=table, column=name, cascade=cascade):
            for column_name in (name.name, *generated_from(context, table, name)):
                drop_column(known, _table(context, table), column_name, cascade=cascade)
        case ChangeType(table=table, column=name, type=kind):
            one = _table(context, table)
            if name.name in one.columns:
                changed = replace(one.columns[name.name], type=kind)
                known.tables[one.key] = replace(one, columns={**one.columns, name.name: changed})
        case SetNotNull(table=table, column=name) | DropNotNull(table=table, column=name):
            if isinstance(operation, SetNotNull):
                known.made[("not null", context.key(table), name.name)] = context.number
            else:
                known.made.pop(("not null", context.key(table), name.name), None)
            _set_not_null(context, table, name, required=isinstance(operation, SetNotNull))
        case ChangeDefault(table=table, column=name, default=default):
            one = _table(context, table)
            if name.name in one.columns:
                changed = replace(one.columns[name.name], default=default)
                known.tables[one.key] = replace(one, columns={**one.columns, name.name: changed})
        case AddConstraint(table=table, constraint=constraint):
            _track_constraint(context, table, constraint)
        case ValidateConstraint(table=table, constraint=name):
            one = _table(context, table)
            valid = tuple(replace(each, is_valid=True) if each.name == name.name else each for each in one.constraints)
            known.tables[one.key] = replace(one, constraints=valid)
            for each in valid:
                if each.name == name.name and each.constraint.kind is ConstraintKind.NOT_NULL:
                    # Its own lock is the weak one of VALIDATE.
                    _set_not_null(context, table, each.constraint.columns[0], required=True)
        case DropConstraint(table=table, constraint=name):
            one = _table(context, table)
            kept = tuple(each for each in one.constraints if each.name != name.name)
            known.tables[one.key] = replace(one, constraints=kept)
            known.indexes.pop((one.key[0], name.name))
        case CreateIndex():
            _track_index(operation, context)
        case DropObject():
            _track_drop(operation, context)
        case Rename() | SetSchema():
            _track_rename(operation, context)
        case AttachPartition(table=table, partition=partition, is_default=is_default):
            _track_attach(context, context.key(table), partition, is_default)
        case DetachPartition(table=table, partition=partition):
            _track_detach(context, _table(context, table), _table(context, partition))
        case Insert(table=table) | Merge(table=table, inserts=True) | Copy(table=Name() as table, is_from=True):
            one = _table(context, table)
            known.tables[one.key] = replace(one, is_written=True)
        case SetVariable():
            _set(operation, context)
        case AddEnumValue(type=name, value=value):
            key = context.key(name)
            known.enum_values[key] = {**known.enum_values.get(key, {}), value: context.transaction}
            known.made[("enum value", key, value)] = context.number
        case CreateView():
            _track_view(operation, context)
        case CreateFunction(function=name, is_procedure=procedure):
            _track_created(context, ObjectKind.PROCEDURE if procedure else ObjectKind.FUNCTION, name)
        case AlterFunction(function=name, options=options):
            function = context.function(name)
            volatility = dict(options).get("volatility")
            if function is not None and volatility is not None:
                known.functions[context.key(function.name)] = replace(function, volatility=volatility)
        case AlterTable(table=table, action="EnableRowSecurity" | "DisableRowSecurity" as action):
            one = _table(context, table)
            known.tables[one.key] = replace(one, has_row_security=action == "EnableRowSecurity")
        case AlterTable(table=table, action="SetLogged" | "SetUnLogged" as action):
            one = _table(context, table)
            lasting = Persistence.PERMANENT if action == "SetLogged" else Persistence.UNLOGGED
            known.tables[one.key] = replace(one, persistence=None if operation.is_within(*_MAYBE) else lasting)
        case CreateTrigger(table=table, trigger=name, function=function, events=events):
            known.made[("trigger", context.key(table), name.name)] = context.number
            known.trigger_events[context.key(table), name.name] = events
            known.triggers[context.key(table), name.name] = context.key(function)
        case Policy(table=table, policy=name, is_new=True):
            known.made[("policy", context.key(table), name.name)] = context.number
        case CreateEnum(type=name, values=values):
            _track_created(context, ObjectKind.TYPE, name)
            known.enum_values[context.key(name)] = dict.fromkeys(values, 0)
        case CreateDomain(domain=name):
            _track_created(context, ObjectKind.DOMAIN, name)
            domains.create_domain(operation, context)
        case AlterDomain():
            domains.alter_domain(operation, context)
        case AlterTable(table=table, action="AddInherit" | "DropInherit" as action, subject=Name() as parent):
            one, above = _table(context, table), context.key(parent)
            others = tuple(each for each in one.parents if each != above)
            known.tables[one.key] = replace(one, parents=(*others, above) if action == "AddInherit" else others)
        case CreateObject(kind=ObjectKind.FOREIGN_TABLE, options=options):
            _track_foreign_schema(context, options)
            known.blur()
        case CreateObject(kind=kind, name=name):
            _track_created(context, kind, name)
            # An extension's script.
            if kind is ObjectKind.EXTENSION:
                known.blur()
        case CallFunction(call=call) if known.is_exact:
            if functions.function_volatility(call.name.name) is None and not _is_readable(context, call.name):
                known.blur()
        case Opaque() | OfNewerMajor() | Unmodelled() | UnreadableSql() | Unjudged():
            known.blur()


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


def _set_not_null(context: Context, table: Name, column: Name, *, required: bool) -> None:
    """The column is NOT NULL from now on, or is not."""
    one = _table(context, table)
    if column.name in one.columns:
        changed = replace(one.columns[column.name], is_not_null=required)
        context.known.tables[one.key] = replace(one, columns={**one.columns, column.name: changed})


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


def _set(operation: SetVariable, context: Context) -> None:
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
