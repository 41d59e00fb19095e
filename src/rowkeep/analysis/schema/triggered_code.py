"""What the database runs because of an operation: the functions of triggers, defaults, indexes and checks."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.operation import (
    AddColumn,
    AddConstraint,
    Call,
    ChangeDefault,
    Column,
    Constraint,
    ConstraintKind,
    Copy,
    CreateIndex,
    CreateTrigger,
    Delete,
    Expression,
    Insert,
    Merge,
    Name,
    Operation,
    Truncate,
    Update,
)
from rowkeep.domain.schema.schema_state import KnownFunction


def find_fired_functions(operation: Operation, context: Context) -> Iterator[tuple[str, KnownFunction]]:
    """Every function of the project that runs now, with the words that say why."""
    for call in _held_against(operation):
        body = context.function(call.name)
        if body is not None:
            yield f"in {call.name}(), which every row is put through", body
    table, events = _table_and_events(operation)
    if table is None:
        return
    key = context.key(table)
    for (on, name), function in context.known.triggers.items():
        body = context.known.functions.get(function)
        if on == key and body is not None and events & set(context.known.trigger_events.get((on, name), ())):
            yield f"in the trigger {name}", body
    for column in _default_columns(operation, context):
        for call in column.default.calls if column.default is not None else ():
            body = context.function(call.name)
            if body is not None:
                yield f"in the default of {column.name}", body


def _held_against(operation: Operation) -> tuple[Call, ...]:
    """The functions that PostgreSQL calls with every row that is there: of an index's expressions, of a CHECK."""
    match operation:
        case CreateIndex(calls=calls):
            return calls
        case AddConstraint(
            constraint=Constraint(kind=ConstraintKind.CHECK, not_valid=False, expression=Expression() as one)
        ):
            return one.calls
    return ()


@dataclass(frozen=True, slots=True)
class Armed:
    """What the application's writes will run from now on.

    words: where the code stands (`in the trigger sweep`). when: which writes run it, for the message. instead: what
    to do about it. functions: those that are run.
    """

    words: str
    when: str
    instead: Sentence
    functions: tuple[KnownFunction, ...]


def find_armed_functions(operation: CreateTrigger | ChangeDefault, context: Context) -> Armed:
    """What the writes of the application will run because of the operation."""
    if isinstance(operation, CreateTrigger):
        events = " or ".join(
            f"INSERT into {operation.table}" if each == "INSERT" else each for each in operation.events
        )
        of = "" if operation.events[-1:] == ("INSERT",) else f" of {operation.table}"
        function = context.function(operation.function)
        return Armed(
            f"in the trigger {operation.trigger}",
            f"each {events or 'write'}{of} runs the trigger {operation.trigger} from now on",
            Sentence(f"leave the trigger out, or let {operation.function}() keep these rows"),
            (function,) if function is not None else (),
        )
    calls = operation.default.calls if operation.default is not None else ()
    functions = tuple(one for one in (context.function(call.name) for call in calls) if one is not None)
    return Armed(
        f"in the default of {operation.column}",
        f"each INSERT into {operation.table} that leaves {operation.column} out runs its default from now on",
        Sentence("let the default only compute a value"),
        functions,
    )


def _table_and_events(operation: Operation) -> tuple[Name | None, frozenset[str]]:
    match operation:
        case Insert(table=table, on_conflict="update"):
            return table, frozenset({"INSERT", "UPDATE"})
        case Insert(table=table) | Copy(table=Name() as table, is_from=True):
            return table, frozenset({"INSERT"})
        case Update(table=table):
            return table, frozenset({"UPDATE"})
        case Delete(table=table):
            return table, frozenset({"DELETE"})
        case Truncate(table=table):
            return table, frozenset({"TRUNCATE"})
        case Merge(table=table, deletes=deletes, updates=updates, inserts=inserts):
            does = (("DELETE", deletes), ("UPDATE", updates), ("INSERT", inserts))
            return table, frozenset(event for event, done in does if done)
        case AddColumn(table=table):
            return table, frozenset()
    return None, frozenset()


def _default_columns(operation: Operation, context: Context) -> tuple[Column, ...]:
    """The columns whose default an INSERT uses, or an ADD COLUMN fills in."""
    if isinstance(operation, AddColumn):
        return (operation.column,)
    known = context.table(operation.table) if isinstance(operation, Insert) else None
    if known is None or not isinstance(operation, Insert) or (not operation.columns and operation.rows != 1):
        return ()
    named = {column.name for column in operation.columns}
    return tuple(column for name, column in known.columns.items() if name not in named and operation.columns)
