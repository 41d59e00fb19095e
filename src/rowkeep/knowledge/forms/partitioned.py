"""What PostgreSQL refuses on a partitioned table or on a partition, and what ATTACH builds (measured on 14 to 18)."""

from __future__ import annotations

from collections.abc import Sequence

from rowkeep.domain.lint.context import Context
from rowkeep.domain.operation import Constraint, ConstraintKind, Name
from rowkeep.domain.schema.schema_state import KnownConstraint, KnownIndex, KnownTable

_UNIQUE = (ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE)


def refused_key(table: Name, constraint: Constraint, context: Context) -> str:
    """Why a key or exclusion constraint cannot be on the partitioned table; empty if it can, or if unknown."""
    known = context.table(table)
    if known is None or not known.is_partitioned or constraint.using_index is not None:
        return ""
    if constraint.kind is ConstraintKind.EXCLUDE and context.major < 17:
        return "before PostgreSQL 17 a partitioned table takes no exclusion constraint"
    if constraint.kind in (*_UNIQUE, ConstraintKind.EXCLUDE):
        return missing_key_columns(known.partition_by, [column.name for column in constraint.columns])
    return ""


def missing_key_columns(partition_by: Sequence[str | None] | None, columns: Sequence[str | None]) -> str:
    """Why a unique index over `columns` is impossible with this PARTITION BY; empty if it is possible."""
    if not partition_by:
        return ""
    if None in partition_by:
        return "the table is partitioned by an expression, and takes no unique key"
    missing = [name for name in partition_by if name not in columns]
    words = ", ".join(str(name) for name in missing)
    return f"a key must hold the columns of PARTITION BY, and this one lacks {words}" if missing else ""


def has_partitions(table: KnownTable, context: Context) -> bool:
    """Whether a known table is a partition of it."""
    return any(each.partition_of == table.key for each in context.known.tables.values())


def has_children(table: Name, context: Context) -> bool:
    """Whether a known table inherits from it (INHERITS)."""
    return any(context.key(table) in each.parents for each in context.known.tables.values())


def inherited_from(table: Name, column: Name, context: Context) -> str:
    """The parent (INHERITS) from which the table has the column; empty if there is none, or if unknown."""
    known = context.table(table)
    parents = (context.known.tables.get(key) for key in (known.parents if known is not None else ()))
    return next((one.key[1] for one in parents if one is not None and column.name in one.columns), "")


def keys_to_validate(parent: KnownTable, child: KnownTable | None, context: Context) -> tuple[KnownConstraint, ...]:
    """The foreign keys of the parent that ATTACH checks the rows of the new partition against."""
    own = [each for each in child.constraints if each.is_valid] if child is not None else []
    return tuple(
        key
        for key in parent.constraints
        if key.constraint.kind is ConstraintKind.FOREIGN_KEY
        and not key.constraint.not_enforced
        and not any(_is_same_key(key.constraint, each.constraint, context) for each in own)
    )


def _is_same_key(one: Constraint, other: Constraint, context: Context) -> bool:
    if other.kind is not ConstraintKind.FOREIGN_KEY or one.refers_to is None or other.refers_to is None:
        return False
    columns = [each.name for each in one.columns] == [each.name for each in other.columns]
    return columns and context.same(one.refers_to, other.refers_to)


def indexes_to_build(parent: KnownTable, child: KnownTable | None, context: Context) -> tuple[str, ...]:
    """The indexes and keys of the parent that ATTACH builds on the new partition, by name."""
    own = context.known.indexes.of(child.key) if child is not None else ()
    constraints = child.constraints if child is not None else ()
    there = {tuple(column.name for column in one.constraint.columns) for one in constraints if _is_unique(one)}
    indexes = context.known.indexes.of(parent.key)
    built = [each.key[1] for each in indexes if not any(_is_same_index(each, other) for other in own)]
    for each in parent.constraints:
        columns = tuple(column.name for column in each.constraint.columns)
        if _is_unique(each) and columns and columns not in there and each.name not in built:
            built.append(each.name)
    return tuple(built)


def _is_unique(one: KnownConstraint) -> bool:
    return one.constraint.kind in _UNIQUE


def _is_same_index(one: KnownIndex, other: KnownIndex) -> bool:
    return (one.columns, one.unique, set(one.computed)) == (other.columns, other.unique, set(other.computed))
