"""Whether an index begins with certain columns, as far as is known."""

from __future__ import annotations

from rowkeep.domain.act import ConstraintKind
from rowkeep.domain.known import Key, Known

_UNIQUE = (ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE)


def leads(known: Known, key: Key, columns: frozenset[str]) -> bool:
    """Whether an index or a key of the table begins with the columns, in whatever order."""
    indexes = [index.columns for index in known.indexes.of(key)]
    table = known.tables.get(key)
    owned = [each.constraint for each in table.constraints if each.constraint.kind in _UNIQUE] if table else []
    indexes.extend(tuple(column.name for column in one.columns) for one in owned)
    return any(columns == set(each[: len(columns)]) for each in indexes)


def is_indexed(wanted: tuple[Key, frozenset[str]] | None, known: Known) -> bool:
    """Whether the index that a fault asks for is there in the end."""
    return wanted is not None and leads(known, *wanted)
