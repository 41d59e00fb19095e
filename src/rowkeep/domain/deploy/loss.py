"""Data that migrations removed or changed: lost tables, columns and rows, changed rows, overwritten values."""

from __future__ import annotations

from enum import Enum

from rowkeep.domain.frozen import dataclass


class LossKind(Enum):
    """What was lost."""

    TABLE = "table"
    ROWS = "rows"
    COLUMN = "column"
    VALUES = "values"
    LARGE_OBJECTS = "large objects"


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that existed before and does not exist afterwards. name: as `--accept-loss` takes it; count: rows or
    values.

    name is the table (`public.users`), or the column (`public.users.phone`).
    """

    kind: LossKind
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class ChangedRows:
    """Rows that the migrations updated or deleted in a table: not a loss by itself, but reported."""

    table: str
    updated: int
    deleted: int


@dataclass(frozen=True, slots=True)
class Overwritten:
    """A column whose values were compared row by row. count: rows in which the value changed.

    Changes from or to NULL do not count.
    """

    table: str
    column: str
    count: int
