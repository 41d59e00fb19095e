"""The names that PostgreSQL gives to constraints that have none (manual, 5.5; ChooseConstraintName)."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import Column, Constraint, ConstraintKind, Name

_SUFFIXES = {
    ConstraintKind.CHECK: "check",
    ConstraintKind.NOT_NULL: "not_null",
    ConstraintKind.UNIQUE: "key",
    ConstraintKind.PRIMARY_KEY: "pkey",
    ConstraintKind.FOREIGN_KEY: "fkey",
    ConstraintKind.EXCLUDE: "excl",
}


def chosen_name(table: Name, constraint: Constraint) -> str:
    """The constraint's name, or the one that PostgreSQL chooses when it is free."""
    if constraint.name is not None:
        return constraint.name.name
    parts = [table.name]
    if constraint.kind is ConstraintKind.CHECK and len(constraint.columns) != 1:
        pass
    elif constraint.kind is not ConstraintKind.PRIMARY_KEY:
        parts.extend(column.name for column in constraint.columns)
    return "_".join([*parts, _SUFFIXES[constraint.kind]])[:63]


def column_constraints(column: Column) -> Iterator[Constraint]:
    """The constraints written at a column that live on as constraints of the table."""
    yield from (one for one in column.constraints if one.kind is not ConstraintKind.NOT_NULL)
