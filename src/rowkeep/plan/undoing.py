"""Steps -> which of their statements may take rows or values away."""

from __future__ import annotations

from collections.abc import Iterable

from rowkeep.domain import act
from rowkeep.domain.act.code import Returns
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import Step
from rowkeep.domain.statement import Statement

KEEPING: tuple[type[act.Act], ...] = (
    act.AddColumn,
    act.AddConstraint,
    act.AddEnumValue,
    act.AlterFunction,
    act.Analyze,
    act.AttachPartition,
    act.ChangeDefault,
    act.ChangeOwner,
    act.Cluster,
    act.Comment,
    act.CreateDomain,
    act.CreateEnum,
    act.CreateFunction,
    act.CreateIndex,
    act.CreateObject,
    act.CreateTable,
    act.CreateTrigger,
    act.CreateView,
    act.DetachPartition,
    act.DoBlock,
    act.DropNotNull,
    act.Grant,
    act.GrantRole,
    act.Harmless,
    act.LockTable,
    act.Noticed,
    act.Policy,
    act.Read,
    act.Refresh,
    act.Reindex,
    act.Rename,
    act.SectionEnds,
    act.SetNotNull,
    act.SetSchema,
    act.SetVariable,
    act.Vacuum,
    act.ValidateConstraint,
    Returns,
)
"""Acts after which every row and value is still there. An act of no such kind, known or unknown, may take some."""

EMPTY = frozenset(
    {
        act.ObjectKind.VIEW,
        act.ObjectKind.INDEX,
        act.ObjectKind.CONSTRAINT,
        act.ObjectKind.FUNCTION,
        act.ObjectKind.PROCEDURE,
        act.ObjectKind.ROUTINE,
        act.ObjectKind.AGGREGATE,
        act.ObjectKind.TRIGGER,
        act.ObjectKind.EVENT_TRIGGER,
        act.ObjectKind.RULE,
        act.ObjectKind.POLICY,
        act.ObjectKind.STATISTICS,
    }
)
"""Kinds of object that hold no rows; their text stands in the migrations."""


BEYOND = frozenset(
    {act.ObjectKind.DATABASE, act.ObjectKind.TABLESPACE, act.ObjectKind.ROLE, act.ObjectKind.SUBSCRIPTION}
)
"""Kinds of object that other databases of the server, or another server, share with this one."""


def taking(steps: Iterable[Step]) -> tuple[Statement, ...]:
    """The statements that may take rows or values away which were there before the first of these steps."""
    new = _New()
    return tuple(
        piece.statement for step in steps for piece in step.pieces if new.takes(piece.statement.acts, step.direction)
    )


def reaches_beyond(steps: Iterable[Step]) -> bool:
    """Whether a statement drops what does not belong to this database alone."""
    return any(
        isinstance(one, act.DropOwned) or (isinstance(one, act.DropObject) and one.kind in BEYOND)
        for step in steps
        for piece in step.pieces
        for one in piece.statement.acts
    )


class _New:
    """What the steps have made so far: nothing is lost of a table or a column that was not there before."""

    def __init__(self) -> None:
        self.tables: set[act.Name] = set()
        self.columns: set[tuple[act.Name, str]] = set()

    def takes(self, acts: Iterable[act.Act], direction: Direction) -> bool:
        """Whether one of the acts of a statement may take something; remembers what they make."""
        found = False
        for one in acts:
            if direction is Direction.UP and one.is_stored:
                continue  # a function's body: written down, not run
            if _takes(one) and not self._is_new(one):
                found = True
            self._remember(one)
        return found

    def _is_new(self, one: act.Act) -> bool:
        match one:
            case act.Update(table=table, columns=columns):
                return table in self.tables or (
                    bool(columns) and all((table, column.name) in self.columns for column in columns)
                )
            case act.Delete(table=table) | act.ChangeType(table=table) | act.AlterTable(table=table):
                return table in self.tables
            case act.DropColumn(table=table, column=column, cascade=False):
                return table in self.tables or (table, column.name) in self.columns
            case act.DropObject(kind=act.ObjectKind.TABLE, name=name, cascade=False):
                return name in self.tables
        return False

    def _remember(self, one: act.Act) -> None:
        match one:
            case act.CreateTable(table=table, if_not_exists=False, inside=(), partition_of=None):
                self.tables.add(table)
            case act.AddColumn(table=table, column=column, if_not_exists=False, inside=()):
                self.columns.add((table, column.name.name))
            case act.DropObject(kind=act.ObjectKind.TABLE, name=name):
                self.tables.discard(name)
            case act.Rename(name=name) | act.SetSchema(name=name):
                # The name may now mean another table.
                self.tables.discard(name)
                self.columns = {pair for pair in self.columns if pair[0] != name}


def _takes(one: act.Act) -> bool:
    match one:
        case act.DropObject(kind=kind, cascade=cascade):
            return cascade or kind not in EMPTY
        case act.DropConstraint(cascade=cascade):
            return cascade
        case act.Insert(on_conflict=on_conflict):
            return on_conflict == "update"
        case act.Copy(is_from=True, is_program=False):
            return False
    return not isinstance(one, KEEPING)
