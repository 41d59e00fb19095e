"""A migration that was written from the difference between two structures, and the drift of a database."""

from __future__ import annotations

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.schema.structure import Difference


@dataclass(frozen=True, slots=True)
class UnwrittenChange:
    """A difference for which no SQL is written. why: in words."""

    kind: str
    identity: str
    why: str


@dataclass(frozen=True, slots=True)
class WrittenMigration:
    """A migration that was written, and proven on a throw-away server.

    paths: the files, in the order in which they run. statements: how many. drops: statements that are commented out
    because rows or values may go with them. repeatable: it was run on the structure that it leads to, and left
    it as it is; None: not tried. notes: what the reader must know.
    """

    paths: tuple[str, ...]
    statements: int
    drops: tuple[str, ...]
    repeatable: bool | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DriftReport:
    """What differs between a database and what it should be.

    source: what it was compared with; at: when that was recorded, UTC, or ''. differences: of the structure.
    unwritable: differences that no migration makes: roles, settings. written: the migration, where one was asked for.
    """

    database: str
    source: str
    at: str
    differences: tuple[Difference, ...]
    unwritable: tuple[Difference, ...]
    notes: tuple[str, ...]
    written: WrittenMigration | None = None
