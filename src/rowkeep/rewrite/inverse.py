"""An operation and the one that undoes it have the same key: `CREATE INDEX i` and `DROP INDEX i`."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.operation import (
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
    Operation,
    Rename,
    SetNotNull,
)
from rowkeep.domain.statement import Statement
from rowkeep.rewrite.naming import default_index, default_name

Key = tuple[str, ...]

_FUNCTIONS = (ObjectKind.FUNCTION, ObjectKind.PROCEDURE, ObjectKind.ROUTINE)


def effects_of(statement: Statement) -> Iterator[Key]:
    """What a statement of an up part does."""
    for operation in statement.operations:
        if not operation.inside:
            yield from _keys(operation, undoing=False)


def effects_undone_by(operation: Operation) -> tuple[Key, ...]:
    """The keys of what an operation of a down part undoes."""
    return () if operation.inside else tuple(_keys(operation, undoing=True))


def _keys(operation: Operation, *, undoing: bool) -> Iterator[Key]:
    made, taken = ("-", "+") if undoing else ("+", "-")
    match operation:
        case CreateIndex():
            yield made, "index", operation.index.name if operation.index is not None else default_index(operation)
        case CreateTable():
            yield made, "table", operation.table.name
        case CreateView():
            yield made, "view", operation.view.name
        case CreateFunction():
            yield made, "function", operation.function.name
        case CreateTrigger():
            yield made, "trigger", operation.trigger.name
        case CreateEnum() | CreateDomain():
            yield made, "type", (operation.type if isinstance(operation, CreateEnum) else operation.domain).name
        case CreateObject():
            yield made, _kind(operation.kind), operation.name.name
        case DropObject():
            yield taken, _kind(operation.kind), operation.name.name
        case AddColumn():
            yield made, "column", operation.table.name, operation.column.name.name
        case DropColumn():
            yield taken, "column", operation.table.name, operation.column.name
        case AddConstraint():
            yield made, "constraint", operation.table.name, _name_key(operation.table, operation.constraint)
        case DropConstraint():
            yield taken, "constraint", operation.table.name, operation.constraint.name
        case SetNotNull():
            yield made, "not null", operation.table.name, operation.column.name
        case DropNotNull():
            yield taken, "not null", operation.table.name, operation.column.name
        case AttachPartition():
            yield made, "partition", operation.partition.name
        case DetachPartition():
            yield taken, "partition", operation.partition.name
        case ChangeDefault():
            yield "=", "default", operation.table.name, operation.column.name
        case ChangeType():
            yield "=", "type", operation.table.name, operation.column.name
        case Comment():
            yield "=", "comment", operation.kind.value, str(operation.name)
        case Rename():
            yield from _rename_key(operation, undoing=undoing)


def _rename_key(operation: Rename, *, undoing: bool) -> Iterator[Key]:
    old = operation.part.name if operation.part is not None else operation.name.name
    table = operation.name.name if operation.part is not None else ""
    if undoing:
        old, new = operation.new_name.name, old
    else:
        new = operation.new_name.name
    yield "=", "rename", table, old, new


def _kind(kind: ObjectKind) -> str:
    if kind is ObjectKind.MATERIALIZED_VIEW:
        return "view"
    if kind is ObjectKind.DOMAIN:
        return "type"
    return "function" if kind in _FUNCTIONS else kind.value


def _name_key(table: Name, constraint: Constraint) -> str:
    return constraint.name.name if constraint.name is not None else default_name(table, constraint)
