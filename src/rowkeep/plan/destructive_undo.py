"""Steps -> which of their statements may take rows or values away."""

from __future__ import annotations

from collections.abc import Iterable

from rowkeep.domain import operation
from rowkeep.domain.migration import Direction
from rowkeep.domain.operation.code import Returns
from rowkeep.domain.plan import Step
from rowkeep.domain.statement import Statement

KEEPING: tuple[type[operation.Operation], ...] = (
    operation.AddColumn,
    operation.AddConstraint,
    operation.AddEnumValue,
    operation.AlterFunction,
    operation.Analyze,
    operation.AttachPartition,
    operation.ChangeDefault,
    operation.ChangeOwner,
    operation.Cluster,
    operation.Comment,
    operation.CreateDomain,
    operation.CreateEnum,
    operation.CreateFunction,
    operation.CreateIndex,
    operation.CreateObject,
    operation.CreateTable,
    operation.CreateTrigger,
    operation.CreateView,
    operation.DetachPartition,
    operation.DoBlock,
    operation.DropNotNull,
    operation.Grant,
    operation.GrantRole,
    operation.Harmless,
    operation.LockTable,
    operation.Notice,
    operation.Policy,
    operation.Read,
    operation.Refresh,
    operation.Reindex,
    operation.Rename,
    operation.SectionEnd,
    operation.SetNotNull,
    operation.SetSchema,
    operation.SetVariable,
    operation.Vacuum,
    operation.ValidateConstraint,
    Returns,
)
"""Operations after which every row and value is still there. Any other operation may remove some."""

EMPTY = frozenset(
    {
        operation.ObjectKind.VIEW,
        operation.ObjectKind.INDEX,
        operation.ObjectKind.CONSTRAINT,
        operation.ObjectKind.FUNCTION,
        operation.ObjectKind.PROCEDURE,
        operation.ObjectKind.ROUTINE,
        operation.ObjectKind.AGGREGATE,
        operation.ObjectKind.TRIGGER,
        operation.ObjectKind.EVENT_TRIGGER,
        operation.ObjectKind.RULE,
        operation.ObjectKind.POLICY,
        operation.ObjectKind.STATISTICS,
    }
)
"""Kinds of object without rows; the migrations contain their text."""


BEYOND = frozenset(
    {
        operation.ObjectKind.DATABASE,
        operation.ObjectKind.TABLESPACE,
        operation.ObjectKind.ROLE,
        operation.ObjectKind.SUBSCRIPTION,
    }
)
"""Kinds of object that other databases of the server, or another server, share with this one."""


def find_destructive_statements(steps: Iterable[Step]) -> tuple[Statement, ...]:
    """The statements that may take rows or values away which were there before the first of these steps."""
    new = _New()
    return tuple(
        piece.statement
        for step in steps
        for piece in step.pieces
        if new.takes(piece.statement.operations, step.direction)
    )


def reaches_beyond(steps: Iterable[Step]) -> bool:
    """Whether a statement drops what does not belong to this database alone."""
    return any(
        isinstance(one, operation.DropOwned) or (isinstance(one, operation.DropObject) and one.kind in BEYOND)
        for step in steps
        for piece in step.pieces
        for one in piece.statement.operations
    )


class _New:
    """What the steps have made so far: nothing is lost of a table or a column that was not there before."""

    def __init__(self) -> None:
        self.tables: set[operation.Name] = set()
        self.columns: set[tuple[operation.Name, str]] = set()

    def takes(self, operations: Iterable[operation.Operation], direction: Direction) -> bool:
        """Whether an operation of a statement may remove something. Remembers what the operations create."""
        found = False
        for one in operations:
            if direction is Direction.UP and one.is_stored:
                continue  # a function's body: written down, not run
            if _takes(one) and not self._is_new(one):
                found = True
            self._remember(one)
        return found

    def _is_new(self, one: operation.Operation) -> bool:
        match one:
            case operation.Update(table=table, columns=columns):
                return table in self.tables or (
                    bool(columns) and all((table, column.name) in self.columns for column in columns)
                )
            case operation.Delete(table=table) | operation.ChangeType(table=table) | operation.AlterTable(table=table):
                return table in self.tables
            case operation.DropColumn(table=table, column=column, cascade=False):
                return table in self.tables or (table, column.name) in self.columns
            case operation.DropObject(kind=operation.ObjectKind.TABLE, name=name, cascade=False):
                return name in self.tables
        return False

    def _remember(self, one: operation.Operation) -> None:
        match one:
            case operation.CreateTable(table=table, if_not_exists=False, inside=(), partition_of=None):
                self.tables.add(table)
            case operation.AddColumn(table=table, column=column, if_not_exists=False, inside=()):
                self.columns.add((table, column.name.name))
            case operation.DropObject(kind=operation.ObjectKind.TABLE, name=name):
                self.tables.discard(name)
            case operation.Rename(name=name) | operation.SetSchema(name=name):
                # The name may now mean another table.
                self.tables.discard(name)
                self.columns = {pair for pair in self.columns if pair[0] != name}


def _takes(one: operation.Operation) -> bool:
    match one:
        case operation.DropObject(kind=kind, cascade=cascade):
            return cascade or kind not in EMPTY
        case operation.DropConstraint(cascade=cascade):
            return cascade
        case operation.Insert(on_conflict=on_conflict):
            return on_conflict == "update"
        case operation.Copy(is_from=True, is_program=False):
            return False
    return not isinstance(one, KEEPING)
