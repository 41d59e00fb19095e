"""What an act does and what undoes it, as keys that are equal: `CREATE INDEX i` and `DROP INDEX i` meet in one."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import (
    Act,
    AddColumn,
    AddConstraint,
    AttachPartition,
    ChangeDefault,
    ChangeType,
    Comment,
    Constraint,
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
    Name,
    ObjectKind,
    Rename,
    SetNotNull,
)
from rowkeep.domain.statement import Statement
from rowkeep.rewrite.naming import default_index, default_name

Key = tuple[str, ...]

_FUNCTIONS = (ObjectKind.FUNCTION, ObjectKind.PROCEDURE, ObjectKind.ROUTINE)


def done_by(statement: Statement) -> Iterator[Key]:
    """What a statement of an up part does."""
    for act in statement.acts:
        if not act.inside:
            yield from _keys(act, undoing=False)


def undone_by(act: Act) -> tuple[Key, ...]:
    """What an act of a down part undoes."""
    return () if act.inside else tuple(_keys(act, undoing=True))


def _keys(act: Act, *, undoing: bool) -> Iterator[Key]:
    made, taken = ("-", "+") if undoing else ("+", "-")
    match act:
        case CreateIndex():
            yield made, "index", act.index.name if act.index is not None else default_index(act)
        case CreateTable():
            yield made, "table", act.table.name
        case CreateView():
            yield made, "view", act.view.name
        case CreateFunction():
            yield made, "function", act.function.name
        case CreateTrigger():
            yield made, "trigger", act.trigger.name
        case CreateEnum() | CreateDomain():
            yield made, "type", (act.type if isinstance(act, CreateEnum) else act.domain).name
        case CreateObject():
            yield made, _kind(act.kind), act.name.name
        case DropObject():
            yield taken, _kind(act.kind), act.name.name
        case AddColumn():
            yield made, "column", act.table.name, act.column.name.name
        case DropColumn():
            yield taken, "column", act.table.name, act.column.name
        case AddConstraint():
            yield made, "constraint", act.table.name, _named(act.table, act.constraint)
        case DropConstraint():
            yield taken, "constraint", act.table.name, act.constraint.name
        case SetNotNull():
            yield made, "not null", act.table.name, act.column.name
        case DropNotNull():
            yield taken, "not null", act.table.name, act.column.name
        case AttachPartition():
            yield made, "partition", act.partition.name
        case DetachPartition():
            yield taken, "partition", act.partition.name
        case ChangeDefault():
            yield "=", "default", act.table.name, act.column.name
        case ChangeType():
            yield "=", "type", act.table.name, act.column.name
        case Comment():
            yield "=", "comment", act.kind.value, str(act.name)
        case Rename():
            yield from _renamed(act, undoing=undoing)


def _renamed(act: Rename, *, undoing: bool) -> Iterator[Key]:
    old = act.part.name if act.part is not None else act.name.name
    table = act.name.name if act.part is not None else ""
    if undoing:
        old, new = act.new_name.name, old
    else:
        new = act.new_name.name
    yield "=", "rename", table, old, new


def _kind(kind: ObjectKind) -> str:
    if kind is ObjectKind.MATERIALIZED_VIEW:
        return "view"
    if kind is ObjectKind.DOMAIN:
        return "type"
    return "function" if kind in _FUNCTIONS else kind.value


def _named(table: Name, constraint: Constraint) -> str:
    return constraint.name.name if constraint.name is not None else default_name(table, constraint)
