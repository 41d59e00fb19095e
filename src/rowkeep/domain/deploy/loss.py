"""What migrations took from the data: lost tables, columns and rows, changed rows, overwritten values."""

from __future__ import annotations

from enum import Enum

from rowkeep.domain.frozen import dataclass


class LossKind(Enum):
    """What went missing."""

    TABLE = "table"
    ROWS = "rows"
    COLUMN = "column"
    VALUES = "values"
    LARGE_OBJECTS = "large objects"


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that was there before and is not afterwards. name: as `--accept-loss` takes it; count: rows or values.

    name is the table (`public.users`), or the column (`public.users.phone`).
    """

    kind: LossKind
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class ChangedRows:
    """Rows that the migrations updated or deleted in a table: not a loss by itself, but worth knowing."""

    table: str
    updated: int
    deleted: int


@dataclass(frozen=True, slots=True)
class Overwritten:
    """A column whose values were compared, row by row. count: rows in which one value became another; 0 for none.

    A value that was NULL before, or is NULL now, does not count.
    """

    table: str
    column: str
    count: int
