"""A migration as it stands in a file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from rowkeep.domain.source import Source, Span


class Direction(Enum):
    """Which half of a migration."""

    UP = "up"
    DOWN = "down"


class Language(Enum):
    """What a migration is written in. FOREIGN (.js, .ts …) is known by name only."""

    SQL = "sql"
    PYTHON = "python"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Section:
    """The text of one direction. transaction: what a marker demands (False = outside one), None = not said."""

    source: Source
    span: Span
    transaction: bool | None = None

    @property
    def text(self) -> str:
        """The SQL of this direction."""
        return self.source.text[self.span.start : self.span.end]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something the reader noticed: a marker's look-alike, text before a marker … kind is a rule's name."""

    kind: str
    source: Source
    span: Span
    message: str
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class Migration:
    """One migration. name: as history records it (file name without its last extension).

    down is None where the file has no down part at all; a down part may be empty. layout: the directory format it was
    read with (`node-pg-migrate`, `dbmate`, …).
    """

    name: str
    path: str
    language: Language
    layout: str
    up: Section
    down: Section | None = None
    remarks: tuple[Remark, ...] = ()

    def section(self, direction: Direction) -> Section | None:
        """The part for `direction`."""
        return self.up if direction is Direction.UP else self.down
