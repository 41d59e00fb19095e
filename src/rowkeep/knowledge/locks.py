"""Which table locks an operation takes, on which relation (measured on 14-18, the same in all majors)."""

from __future__ import annotations

from collections.abc import Iterable

from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.operation import (
    AddColumn,
    AddConstraint,
    AlterTable,
    AttachPartition,
    ChangeDefault,
    ChangeOwner,
    ChangeType,
    Cluster,
    Constraint,
    ConstraintKind,
    CreateIndex,
    CreateRule,
    CreateTable,
    CreateTrigger,
    Delete,
    DetachPartition,
    DropColumn,
    DropConstraint,
    DropNotNull,
    DropObject,
    Insert,
    LockTable,
    Merge,
    Name,
    ObjectKind,
    Operation,
    Policy,
    Refresh,
    Reindex,
    Rename,
    SetNotNull,
    SetSchema,
    Truncate,
    Update,
    Vacuum,
    ValidateConstraint,
)

Taken = tuple[tuple[Name, LockMode], ...]

_AX, _SRX = LockMode.ACCESS_EXCLUSIVE, LockMode.SHARE_ROW_EXCLUSIVE
_SUX, _RX = LockMode.SHARE_UPDATE_EXCLUSIVE, LockMode.ROW_EXCLUSIVE
_RELATIONS = frozenset(
    {ObjectKind.TABLE, ObjectKind.FOREIGN_TABLE, ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW, ObjectKind.SEQUENCE}
)
_OF_A_TABLE = _RELATIONS | {ObjectKind.COLUMN, ObjectKind.CONSTRAINT, ObjectKind.TRIGGER, ObjectKind.POLICY}
_MILD = frozenset(
    {"SetStatistics", "SetOptions", "ResetOptions", "SetRelOptions", "ResetRelOptions", "ClusterOn", "DropCluster"}
)
_TRIGGERS = frozenset(
    f"{verb}Trig{which}"
    for verb in ("Enable", "Disable", "EnableAlways", "EnableReplica")
    for which in ("", "All", "User")
)
_LOCKING = frozenset(
    {
        *(AddColumn, AddConstraint, AlterTable, AttachPartition, ChangeDefault, ChangeOwner, ChangeType, Cluster),
        *(CreateIndex, CreateRule, CreateTable, CreateTrigger, Delete, DetachPartition, DropColumn, DropConstraint),
        *(DropNotNull, DropObject, Insert, LockTable, Merge, Policy, Refresh, Reindex, Rename, SetNotNull, SetSchema),
        *(Truncate, Update, Vacuum, ValidateConstraint),
    }
)
"""The kinds of operations that occur below. Most operations of a function's body are of other kinds."""


def locks_of(operation: Operation) -> Taken:
    """Every relation that the operation names and locks more strongly than a reader, with the mode; the strongest
    first.

    Relations that only the database knows are missing: partitions, children, the table of a dropped index, the other
    table of a dropped foreign key (manual, 13.3.1; the reference page of each command).
    """
    if type(operation) not in _LOCKING:
        return ()
    match operation:
        case AddColumn(table=table, column=column):
            return ((table, _AX), *_locks_of_foreign_keys(column.constraints))
        case AddConstraint(table=table, constraint=constraint):
            own = _SRX if constraint.kind is ConstraintKind.FOREIGN_KEY else _AX
            return ((table, own), *_locks_of_foreign_keys((constraint,)))
        case AttachPartition(table=table, partition=partition):
            return ((partition, _AX), (table, _SUX))
        case DetachPartition(table=table, partition=partition, concurrently=concurrently, finalize=finalize):
            return ((partition, _AX), (table, _SUX if concurrently or finalize else _AX))
        case AlterTable(table=table, kind=kind, action=action) if table.name and kind != "index":
            mild = action in _MILD and all(name != "user_catalog_table" for name, _ in operation.options)
            return ((table, _SUX if mild else _SRX if action in _TRIGGERS else _AX),)
        case (
            DropColumn(table=table)
            | ChangeType(table=table)
            | SetNotNull(table=table)
            | DropNotNull(table=table)
            | ChangeDefault(table=table)
            | DropConstraint(table=table)
            | Truncate(table=table)
            | CreateRule(table=table)
            | Policy(table=table)
            | Cluster(table=Name() as table)
        ):
            return ((table, _AX),)
        case ValidateConstraint(table=table):
            return ((table, _SUX),)
        case CreateIndex(table=table, concurrently=concurrently):
            return ((table, _SUX if concurrently else LockMode.SHARE),)
        case Reindex(kind="TABLE", name=Name() as table, concurrently=concurrently):
            return ((table, _SUX if concurrently else LockMode.SHARE),)
        case Vacuum(table=Name() as table, full=full):
            return ((table, _AX if full else _SUX),)
        case Refresh(view=view, concurrently=concurrently):
            return ((view, LockMode.EXCLUSIVE if concurrently else _AX),)
        case CreateTrigger(table=table):
            return ((table, _SRX),)
        case CreateTable():
            return _locks_of_create_table(operation)
        case LockTable(table=table, mode=mode):
            return ((table, LockMode(mode)),)
        case Insert(table=table) | Update(table=table) | Delete(table=table) | Merge(table=table):
            return ((table, _RX),)
    return _of_objects(operation)


def _of_objects(operation: Operation) -> Taken:
    """Drops, renames and moves."""
    match operation:
        case DropObject(on=Name() as table):
            return ((table, _AX),)
        case DropObject(kind=kind, name=name) if kind in _RELATIONS:
            return ((name, _AX),)
        case Rename(kind=kind, name=name) if kind in _OF_A_TABLE:
            return ((name, _AX),)
        case SetSchema(kind=kind, name=name) if kind in _RELATIONS:
            return ((name, _AX),)
        case ChangeOwner(kind=kind, name=Name() as name) if kind in _RELATIONS:
            return ((name, _AX),)
    return ()


def _locks_of_create_table(operation: CreateTable) -> Taken:
    parent = ((operation.partition_of, _AX),) if operation.partition_of is not None else ()
    inherited = tuple((table, _SUX) for table in operation.inherits)
    written = (*operation.constraints, *(each for column in operation.columns for each in column.constraints))
    return (*parent, *_locks_of_foreign_keys(written), *inherited)


def _locks_of_foreign_keys(constraints: Iterable[Constraint]) -> Taken:
    """The tables that foreign keys refer to."""
    return tuple((each.refers_to, _SRX) for each in constraints if each.refers_to is not None)
