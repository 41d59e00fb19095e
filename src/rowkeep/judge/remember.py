"""Act by act, what the text tells about the database goes into `Known`."""

from __future__ import annotations

from dataclasses import replace

from rowkeep.domain.act import (
    Act,
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
    Persistence,
    Policy,
    Rename,
    SetNotNull,
    SetSchema,
    SetVariable,
    Unjudged,
    Unmodelled,
    Unreadable,
    ValidateConstraint,
)
from rowkeep.domain.context import Context
from rowkeep.domain.dependents import generated_from
from rowkeep.domain.known import Key, KnownConstraint, KnownIndex, KnownTable
from rowkeep.judge import domains
from rowkeep.judge.along import drop_column, drop_relation, move_relation, rename_column
from rowkeep.judge.gone import constraints_of, constraints_went_along, lose, owned, went_along
from rowkeep.judge.held import take
from rowkeep.judge.kept import copied
from rowkeep.judge.naming import chosen_index, chosen_name, column_constraints
from rowkeep.judge.views import known_view
from rowkeep.knowledge import functions

_RELATIONS = (ObjectKind.TABLE, ObjectKind.INDEX, ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW)
_MAYBE = (FrameKind.BRANCH, FrameKind.LOOP, FrameKind.HANDLER, FrameKind.PROTECTED)

MOST_COLUMNS = 1600
"""PostgreSQL's own limit: a table has no more, and no more of them are kept."""


def remember(act: Act, context: Context) -> None:
    """Take in what `act` changes. Acts that are only written down (a function's body) change nothing yet."""
    if act.is_stored:
        return
    take(act, context)
    lose(act, context)
    copied(act, context)
    before, constraints = owned(act, context), constraints_of(act, context)
    _change(act, context)
    went_along(act, before, context)
    constraints_went_along(act, constraints, context)


def _change(act: Act, context: Context) -> None:
    """What each kind of act changes."""
    known = context.known
    if isinstance(act, ChangeType | ChangeDefault | SetNotNull | DropNotNull):
        known.made[("change", context.key(act.table), act.column.name)] = context.number
    match act:
        case CreateTable():
            _created(act, context)
        case AddColumn(table=table, column=column):
            one = _table(context, table)
            if len(one.columns) < MOST_COLUMNS:
                known.tables[one.key] = replace(one, columns={**one.columns, column.name.name: column})
            known.made[("column", one.key, column.name.name)] = context.number
            for constraint in column_constraints(column):
                _constrained(context, table, constraint)
        case DropColumn(table=table, column=name, cascade=cascade):
            for column_name in (name.name, *generated_from(context, table, name)):
                drop_column(known, _table(context, table), column_name, cascade=cascade)
        case ChangeType(table=table, column=name, type=kind):
            one = _table(context, table)
            if name.name in one.columns:
                changed = replace(one.columns[name.name], type=kind)
                known.tables[one.key] = replace(one, columns={**one.columns, name.name: changed})
        case SetNotNull(table=table, column=name) | DropNotNull(table=table, column=name):
            if isinstance(act, SetNotNull):
                known.made[("not null", context.key(table), name.name)] = context.number
            else:
                known.made.pop(("not null", context.key(table), name.name), None)
            _required(context, table, name, required=isinstance(act, SetNotNull))
        case ChangeDefault(table=table, column=name, default=default):
            one = _table(context, table)
            if name.name in one.columns:
                changed = replace(one.columns[name.name], default=default)
                known.tables[one.key] = replace(one, columns={**one.columns, name.name: changed})
        case AddConstraint(table=table, constraint=constraint):
            _constrained(context, table, constraint)
        case ValidateConstraint(table=table, constraint=name):
            one = _table(context, table)
            valid = tuple(replace(each, is_valid=True) if each.name == name.name else each for each in one.constraints)
            known.tables[one.key] = replace(one, constraints=valid)
            for each in valid:
                if each.name == name.name and each.constraint.kind is ConstraintKind.NOT_NULL:
                    # Its own lock is the weak one of VALIDATE.
                    _required(context, table, each.constraint.columns[0], required=True)
        case DropConstraint(table=table, constraint=name):
            one = _table(context, table)
            kept = tuple(each for each in one.constraints if each.name != name.name)
            known.tables[one.key] = replace(one, constraints=kept)
            known.indexes.pop((one.key[0], name.name))
        case CreateIndex():
            _indexed(act, context)
        case DropObject():
            _dropped(act, context)
        case Rename() | SetSchema():
            _moved(act, context)
        case AttachPartition(table=table, partition=partition, is_default=is_default):
            _partitioned(context, context.key(table), partition, is_default)
        case DetachPartition(table=table, partition=partition):
            _detached(context, _table(context, table), _table(context, partition))
        case Insert(table=table) | Merge(table=table, inserts=True) | Copy(table=Name() as table, is_from=True):
            one = _table(context, table)
            known.tables[one.key] = replace(one, is_written=True)
        case SetVariable():
            _set(act, context)
        case AddEnumValue(type=name, value=value):
            key = context.key(name)
            known.enum_values[key] = {**known.enum_values.get(key, {}), value: context.transaction}
            known.made[("enum value", key, value)] = context.number
        case CreateView():
            _viewed(act, context)
        case CreateFunction(function=name, is_procedure=procedure):
            _made(context, ObjectKind.PROCEDURE if procedure else ObjectKind.FUNCTION, name)
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
            known.tables[one.key] = replace(one, persistence=None if act.is_within(*_MAYBE) else lasting)
        case CreateTrigger(table=table, trigger=name, function=function, events=events):
            known.made[("trigger", context.key(table), name.name)] = context.number
            known.trigger_events[context.key(table), name.name] = events
            known.triggers[context.key(table), name.name] = context.key(function)
        case Policy(table=table, policy=name, is_new=True):
            known.made[("policy", context.key(table), name.name)] = context.number
        case CreateEnum(type=name, values=values):
            _made(context, ObjectKind.TYPE, name)
            known.enum_values[context.key(name)] = dict.fromkeys(values, 0)
        case CreateDomain(domain=name):
            _made(context, ObjectKind.DOMAIN, name)
            domains.created(act, context)
        case AlterDomain():
            domains.altered(act, context)
        case AlterTable(table=table, action="AddInherit" | "DropInherit" as action, subject=Name() as parent):
            one, above = _table(context, table), context.key(parent)
            others = tuple(each for each in one.parents if each != above)
            known.tables[one.key] = replace(one, parents=(*others, above) if action == "AddInherit" else others)
        case CreateObject(kind=ObjectKind.FOREIGN_TABLE, options=options):
            _imported(context, options)
            known.blur()
        case CreateObject(kind=kind, name=name):
            _made(context, kind, name)
            # An extension's script.
            if kind is ObjectKind.EXTENSION:
                known.blur()
        case CallFunction(call=call) if known.is_exact:
            if functions.volatility(call.name.name) is None and not _is_readable(context, call.name):
                known.blur()
        case Opaque() | OfNewerMajor() | Unmodelled() | Unreadable() | Unjudged():
            known.blur()


def _imported(context: Context, options: tuple[tuple[str, str], ...]) -> None:
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


def _required(context: Context, table: Name, column: Name, *, required: bool) -> None:
    """The column is NOT NULL from now on, or is not."""
    one = _table(context, table)
    if column.name in one.columns:
        changed = replace(one.columns[column.name], is_not_null=required)
        context.known.tables[one.key] = replace(one, columns={**one.columns, column.name: changed})


def _made(context: Context, kind: ObjectKind, name: Name, part: str = "") -> None:
    context.known.made[(kind.value, context.key(name), part)] = context.number


def _table(context: Context, name: Name) -> KnownTable:
    """What is known of the table, perhaps nothing but its name."""
    key = context.key(name)
    return context.known.tables.get(key) or KnownTable(key)


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
    gone = known.dropped.pop(key, None) == context.number or key in known.absent
    known.absent.discard(key)
    certain = gone or not (act.if_not_exists or act.is_within(*_MAYBE))
    around = tuple(frame for frame in act.inside if frame.kind in _MAYBE)
    known.tables[key] = KnownTable(
        key,
        context.number,
        context.transaction,
        certain,
        temporary,
        act.from_query,
        act.is_partitioned,
        columns={**_copied(act, context), **{column.name.name: column for column in act.columns}},
        is_complete=certain and not (act.from_query or act.like or act.inherits or act.partition_of),
        is_listed=not (act.from_query or act.like or act.inherits or act.partition_of),
        is_foreign=act.is_foreign,
        partition_by=tuple(each.name if each else None for each in act.partition_by) if act.is_partitioned else None,
        persistence=act.persistence if certain else None,
        parents=tuple(context.key(each) for each in act.inherits),
        within=None if act.if_not_exists else around,
    )
    known.made[("table", key, "")] = context.number
    if temporary or act.table.is_unknown:
        known.temporary.add(key)
    if act.drops_on_commit:
        known.until_commit.add(key)
    name = Name(key[1], key[0])
    for column in act.columns:
        for constraint in column_constraints(column):
            _constrained(context, name, constraint)
    for constraint in act.constraints:
        _constrained(context, name, constraint)
    if act.partition_of is not None:
        _partitioned(context, context.key(act.partition_of), name, act.is_default)


def _copied(act: CreateTable, context: Context) -> dict[str, Column]:
    """Columns that come from LIKE, INHERITS or PARTITION OF: NOT NULL comes along, defaults and checks may not."""
    found: dict[str, Column] = {}
    for name in (*act.like, *act.inherits, *((act.partition_of,) if act.partition_of else ())):
        source = context.table(name)
        if source is not None:
            found |= {key: replace(each, default=None, constraints=()) for key, each in source.columns.items()}
    return found


def _viewed(act: CreateView, context: Context) -> None:
    known, key = context.known, context.key(act.view)
    if act.if_not_exists and key in known.views:
        return
    if not act.replace or key not in known.views:
        _made(context, ObjectKind.MATERIALIZED_VIEW if act.is_materialized else ObjectKind.VIEW, act.view)
    known.views[key] = known_view(act, context)
    if act.is_materialized:
        certain = not act.if_not_exists and not act.is_within(*_MAYBE)
        known.tables[key] = KnownTable(key, context.number, context.transaction, certain, act.is_temporary)


def _constrained(context: Context, table: Name, constraint: Constraint) -> None:
    one = _table(context, table)
    name = chosen_name(table, constraint)
    fresh = KnownConstraint(constraint, name, not constraint.not_valid, context.number, context.transaction)
    context.known.tables[one.key] = replace(one, constraints=(*one.constraints, fresh))
    context.known.made[("constraint", one.key, name)] = context.number
    if constraint.kind is ConstraintKind.NOT_NULL and not constraint.not_valid:
        remember(SetNotNull(constraint.span, (), table, constraint.columns[0]), context)
    elif constraint.kind is ConstraintKind.PRIMARY_KEY:
        for column in _key_columns(context, constraint):
            remember(SetNotNull(constraint.span, (), table, column), context)


def _key_columns(context: Context, constraint: Constraint) -> tuple[Name, ...]:
    """The columns of a key, also where it takes over an index."""
    index = context.index(constraint.using_index) if constraint.using_index else None
    if index is None:
        return constraint.columns
    return tuple(Name(column) for column in index.columns if column is not None)


def _indexed(act: CreateIndex, context: Context) -> None:
    table = context.key(act.table)
    indexes = context.known.indexes
    key = (table[0], chosen_index(act, lambda name: (table[0], name) in indexes))
    columns = tuple(column.name if column else None for column in act.columns)
    context.known.indexes[key] = KnownIndex(
        key, table, columns, act.unique, context.number, context.transaction, act.computed
    )
    context.known.made[("index", key, "")] = context.number


def _dropped(act: DropObject, context: Context) -> None:
    known, key = context.known, context.key(act.name)
    if act.kind in (ObjectKind.TABLE, ObjectKind.FOREIGN_TABLE, ObjectKind.MATERIALIZED_VIEW):
        known.tables.pop(key, None)
        known.dropped[key] = context.number
        drop_relation(known, key, cascade=act.cascade)
    elif act.kind is ObjectKind.VIEW:
        drop_relation(known, key, cascade=act.cascade)
    elif act.kind is ObjectKind.TRIGGER and act.on is not None:
        known.triggers.pop((context.key(act.on), act.name.name), None)
    elif act.kind is ObjectKind.INDEX:
        index = context.index(act.name)
        known.indexes.pop(index.key if index is not None else key)
    elif act.kind in (ObjectKind.FUNCTION, ObjectKind.PROCEDURE, ObjectKind.ROUTINE):
        known.functions.pop(key, None)
        for trigger in [trigger for trigger, function in known.triggers.items() if function == key and act.cascade]:
            del known.triggers[trigger]


def _moved(act: Rename | SetSchema, context: Context) -> None:
    """A renamed table keeps what is known of it."""
    known = context.known
    if isinstance(act, Rename) and act.part is not None:
        if act.kind is ObjectKind.COLUMN and context.table(act.name) is not None:
            rename_column(known, _table(context, act.name), act.part.name, act.new_name)
        return
    old = context.key(act.name)
    new: Key = (old[0], act.new_name.name) if isinstance(act, Rename) else (act.schema.name, old[1])
    made = known.made.get((act.kind.value, old, ""))
    if made is not None:
        known.made[act.kind.value, new, ""] = made
    if act.kind not in _RELATIONS:
        return
    move_relation(known, old, new)
    index = known.indexes.pop(old)
    if index is not None:
        known.indexes[new] = replace(index, key=new)


def _partitioned(context: Context, parent: Key, partition: Name, is_default: bool) -> None:
    known = context.known
    child = _table(context, partition)
    known.tables[child.key] = replace(child, partition_of=parent, is_default=is_default)
    above = known.tables.get(parent) or KnownTable(parent)
    known.tables[parent] = replace(above, is_partitioned=True, has_default=above.has_default or is_default)


def _detached(context: Context, parent: KnownTable, child: KnownTable) -> None:
    tables = context.known.tables
    tables[child.key] = replace(child, partition_of=None, is_default=False)
    tables[parent.key] = replace(parent, is_partitioned=True, has_default=parent.has_default and not child.is_default)


def _set(act: SetVariable, context: Context) -> None:
    known = context.known
    if act.value is None:
        if act.name == "all":
            known.settings.clear()
            known.search_path = known.home
        known.settings.pop(act.name, None)
    else:
        known.settings[act.name] = act.value
    if act.name == "search_path":
        parts = (part.strip().strip('"') for part in (act.value or ",".join(known.home)).split(","))
        known.search_path = tuple(part for part in parts if part and part != "$user") or known.home
