"""What the database runs by itself because of an act: the functions of triggers, defaults, indexes and checks."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import (
    Act,
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
    Truncate,
    Update,
)
from rowkeep.domain.context import Context
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.known import KnownFunction


def fired(act: Act, context: Context) -> Iterator[tuple[str, KnownFunction]]:
    """Every function of the project that runs now, with the words that say why."""
    for call in _held_against(act):
        body = context.function(call.name)
        if body is not None:
            yield f"in {call.name}(), which every row is put through", body
    table, events = _written(act)
    if table is None:
        return
    key = context.key(table)
    for (on, name), function in context.known.triggers.items():
        body = context.known.functions.get(function)
        if on == key and body is not None and events & set(context.known.trigger_events.get((on, name), ())):
            yield f"in the trigger {name}", body
    for column in _defaulted(act, context):
        for call in column.default.calls if column.default is not None else ():
            body = context.function(call.name)
            if body is not None:
                yield f"in the default of {column.name}", body


def _held_against(act: Act) -> tuple[Call, ...]:
    """The functions that PostgreSQL calls with every row that is there: of an index's expressions, of a CHECK."""
    match act:
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
    instead: str
    functions: tuple[KnownFunction, ...]


def armed(act: CreateTrigger | ChangeDefault, context: Context) -> Armed:
    """What the application's writes will run because of the act."""
    if isinstance(act, CreateTrigger):
        events = " or ".join(f"INSERT into {act.table}" if each == "INSERT" else each for each in act.events)
        of = "" if act.events[-1:] == ("INSERT",) else f" of {act.table}"
        function = context.function(act.function)
        return Armed(
            f"in the trigger {act.trigger}",
            f"each {events or 'write'}{of} runs the trigger {act.trigger} from now on",
            f"leave the trigger out, or let {act.function}() keep these rows",
            (function,) if function is not None else (),
        )
    calls = act.default.calls if act.default is not None else ()
    functions = tuple(one for one in (context.function(call.name) for call in calls) if one is not None)
    return Armed(
        f"in the default of {act.column}",
        f"each INSERT into {act.table} that leaves {act.column} out runs its default from now on",
        "let the default only compute a value",
        functions,
    )


def _written(act: Act) -> tuple[Name | None, frozenset[str]]:
    match act:
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


def _defaulted(act: Act, context: Context) -> tuple[Column, ...]:
    """The columns whose default an INSERT uses, or an ADD COLUMN fills in."""
    if isinstance(act, AddColumn):
        return (act.column,)
    known = context.table(act.table) if isinstance(act, Insert) else None
    if known is None or not isinstance(act, Insert) or (not act.columns and act.rows != 1):
        return ()
    named = {column.name for column in act.columns}
    return tuple(column for name, column in known.columns.items() if name not in named and act.columns)
