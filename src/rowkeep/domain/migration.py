"""A migration and its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass, field
from rowkeep.domain.source import Source, Span

if TYPE_CHECKING:
    from rowkeep.domain.statement import Parsed


class Direction(Enum):
    """Up or down."""

    UP = "up"
    DOWN = "down"


class Language(Enum):
    """The language of a migration. FOREIGN (.js, .ts …): only its name is known."""

    SQL = "sql"
    PYTHON = "python"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Section:
    """The text of one direction. transaction: required by a marker (False: outside one), None: not specified.

    function: the function to call in a migration in Python; the text is then the whole module. parsed: the result of
    `parse_section`, by the included files. A section is parsed once, however many stages of a run read it, and the
    result lives as long as the section.
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
    """Something the file reader noticed: a misspelt marker, text before a marker … kind: the name of a rule.

    fatal: the migration (or, for a remark of the directory, every migration) must not be run as it stands, because
    text would be lost, skipped, or run in the wrong direction. quiet: nothing has to be done about it.
    """

    kind: str
    source: Source
    span: Span
    message: str
    fatal: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Include:
    """A file that a psql command (`\\i`, `\\ir`) includes at the character `at` of `within`.

    source: its text, None if it could not be read; why: the reason. includes: its own includes. Only the parser knows
    whether it is really a command there and not a comment or a string.
    """

    within: Source
    at: int
    source: Source | None
    why: str = ""
    includes: tuple[Include, ...] = ()


@dataclass(frozen=True, slots=True)
class Migration:
    """One migration. name: as history records it (file name without its last extension).

    down is None if the file has no down part; a down part may be empty. layout: the directory format it was
    read with (`node-pg-migrate`, `dbmate`, …). includes: files that psql would include; the runner does not.
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
        """The file of the up part (or of both parts)."""
        return self.up.source

    @property
    def obstacles(self) -> tuple[Remark, ...]:
        """The remarks that forbid running this migration. They do not matter once it is applied."""
        return tuple(remark for remark in self.remarks if remark.fatal)

    def section(self, direction: Direction) -> Section | None:
        """The part for `direction`."""
        return self.up if direction is Direction.UP else self.down


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory of migrations.

    path: as the user wrote it. layout: the format it was read with. migrations: in the order in which they run.
    remarks: about the directory and files that are not migrations; each migration has its own remarks. unread: paths
    of SQL files in subdirectories that were not read, because this layout has none there.
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
