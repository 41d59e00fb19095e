"""Steps that undo -> which of their statements may take rows or values away."""

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


def taking(steps: Iterable[Step]) -> tuple[Statement, ...]:
    """The statements of those steps that undo, and that may take rows or values away."""
    return tuple(
        piece.statement
        for step in steps
        if step.direction is Direction.DOWN
        for piece in step.pieces
        if any(_takes(one) for one in piece.statement.acts)
    )


def _takes(one: act.Act) -> bool:
    match one:
        case act.DropObject(kind=kind, cascade=cascade):
            return cascade or kind not in EMPTY
        case act.DropConstraint(cascade=cascade):
            return cascade
        case act.Insert(on_conflict=on_conflict):
            return on_conflict == "update"
    return not isinstance(one, KEEPING)
