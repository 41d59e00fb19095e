"""A migration as it stands in a file."""

from __future__ import annotations

from dataclasses import field
from enum import Enum
from typing import TYPE_CHECKING

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.source import Source, Span

if TYPE_CHECKING:
    from rowkeep.domain.statement import Parsed


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
    """The text of one direction. transaction: what a marker demands (False = outside one), None = not said.

    function: of a migration in Python, what is called; the text is then the whole module, which every call needs.
    parsed: what `parse_section` made of it, by the files that it includes. A section is parsed once, however many
    stages of a run read it, and what was parsed lives as long as the section.
    """

    source: Source
    span: Span
    transaction: bool | None = None
    function: str | None = None
    parsed: dict[tuple[Include, ...], Parsed] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def text(self) -> str:
        """The SQL of this direction (the Python, where a function is called)."""
        return self.source.text[self.span.start : self.span.end]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something the reader noticed: a marker's look-alike, text before a marker … kind is a rule's name.

    fatal: the migration (or, for a remark of the directory, every migration) must not be run as it stands, because
    text would be lost, skipped, or run in the wrong direction. quiet: nothing needs to be done about it.
    """

    kind: str
    source: Source
    span: Span
    message: str
    fatal: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Include:
    """A file that a command of psql (`\\i`, `\\ir`) brings in at the character `at` of `within`.

    source: its text, None where it could not be read; why: then says why. includes: what it brings in itself. Whether
    a command stands there at all (and no comment, no text in quotes) only the parser knows.
    """

    within: Source
    at: int
    source: Source | None
    why: str = ""
    includes: tuple[Include, ...] = ()


@dataclass(frozen=True, slots=True)
class Migration:
    """One migration. name: as history records it (file name without its last extension).

    down is None where the file has no down part at all; a down part may be empty. layout: the directory format it was
    read with (`node-pg-migrate`, `dbmate`, …). includes: what psql would bring in; the runner, which is no psql, does
    not.
    """

    name: str
    path: str
    language: Language
    layout: str
    up: Section
    down: Section | None = None
    remarks: tuple[Remark, ...] = ()
    includes: tuple[Include, ...] = ()

    @property
    def source(self) -> Source:
        """The file of the up part (of the whole migration, where one file holds both parts)."""
        return self.up.source

    @property
    def obstacles(self) -> tuple[Remark, ...]:
        """The remarks that forbid running this migration; one that is applied already is not harmed by them."""
        return tuple(remark for remark in self.remarks if remark.fatal)

    def section(self, direction: Direction) -> Section | None:
        """The part for `direction`."""
        return self.up if direction is Direction.UP else self.down


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory of migrations as it was read.

    path: as the user wrote it. layout: the format it was read with. migrations: in the order in which they run.
    remarks: those that concern the directory and files that are no migrations; each migration carries its own.
    unread: paths of SQL files that lie in its folders and were not read, because this layout has none there.
    """

    path: str
    layout: str
    migrations: tuple[Migration, ...]
    remarks: tuple[Remark, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def every_remark(self) -> tuple[Remark, ...]:
        """The directory's remarks, then those of each migration in order."""
        return self.remarks + tuple(remark for migration in self.migrations for remark in migration.remarks)

    @property
    def obstacles(self) -> tuple[Remark, ...]:
        """The directory's own remarks that forbid running anything."""
        return tuple(remark for remark in self.remarks if remark.fatal)
