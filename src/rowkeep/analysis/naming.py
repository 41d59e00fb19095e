"""The names that PostgreSQL gives to constraints and indexes without one (ChooseConstraintName, ChooseIndexName)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from rowkeep.domain.operation import Column, Constraint, ConstraintKind, CreateIndex, Name

_SUFFIXES = {
    ConstraintKind.CHECK: "check",
    ConstraintKind.NOT_NULL: "not_null",
    ConstraintKind.UNIQUE: "key",
    ConstraintKind.PRIMARY_KEY: "pkey",
    ConstraintKind.FOREIGN_KEY: "fkey",
    ConstraintKind.EXCLUDE: "excl",
}


def constraint_name(table: Name, constraint: Constraint) -> str:
    """The constraint's name, or the one that PostgreSQL chooses when it is free."""
    if constraint.name is not None:
        return constraint.name.name
    parts = [table.name]
    if constraint.kind is ConstraintKind.CHECK and len(constraint.columns) != 1:
        pass
    elif constraint.kind is not ConstraintKind.PRIMARY_KEY:
        parts.extend(column.name for column in constraint.columns)
    return "_".join([*parts, _SUFFIXES[constraint.kind]])[:63]


def index_name(operation: CreateIndex, is_taken: Callable[[str], bool]) -> str:
    """The index's name, or the one that PostgreSQL chooses, taken ones left out."""
    if operation.index is not None:
        return operation.index.name
    stem = "_".join(
        [operation.table.name, *(column.name if column else "expr" for column in operation.columns), "idx"]
    )[:63]
    if not is_taken(stem):
        return stem
    return next(name for number in count(1) if not is_taken(name := f"{stem}{number}"))


def column_constraints(column: Column) -> Iterator[Constraint]:
    """The constraints written at a column that live on as constraints of the table."""
    yield from (one for one in column.constraints if one.kind is not ConstraintKind.NOT_NULL)
