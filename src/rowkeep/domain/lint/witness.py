"""Evidence from a scratch server on which migrations ran, statement by statement."""

from __future__ import annotations

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.source import Place, Span
from rowkeep.domain.statement import Statement


class PriorObjects(Enum):
    """Where the objects came from that existed before the analyzed migrations ran."""

    REPLAYED = "replayed"
    """From the earlier migrations of the directory, so objects that only production has are missing."""
    COPIED = "copied"
    """From production's own structure."""


@dataclass(frozen=True, slots=True)
class WitnessScript:
    """A migration as the witness runs it: its statements, in one transaction (`together`) or one by one."""

    migration: str
    statements: tuple[Statement, ...]
    together: bool


@dataclass(frozen=True, slots=True)
class WitnessedLock:
    """An existing table and the strongest lock on it. fresh: this statement took it."""

    table: str
    mode: LockMode
    fresh: bool


@dataclass(frozen=True, slots=True)
class LostObject:
    """Something that existed before the migration and does not exist after the statement.

    kind: `table`, `column`, `view`, `materialized view`, `sequence`, `function`, `type`, `schema`; or `rows`: the
    table's file was replaced without a rewrite (TRUNCATE). name: without `public`.
    """

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class StatementEvidence:
    """What one statement did to objects that existed before its migration.

    held: locks on tables, of this statement and of those before it in the transaction. rewritten, scanned, built:
    tables that were rewritten, read completely, or got a new index, according to the server's log messages. counted:
    tables with a sequential scan, according to the statistics, perhaps not complete. gone: what it removed. touched:
    it locked an existing table more strongly than a reader does. reads: it read a table or a catalog, or wrote rows,
    so its effect may depend on their contents. skipped: IF EXISTS or IF NOT EXISTS left something out. deaf: log
    messages may be missing. divided: it used a partitioned table. beside: it used a table that its migration created.
    """

    migration: str
    path: str
    statement: Span
    held: tuple[WitnessedLock, ...] = ()
    rewritten: tuple[str, ...] = ()
    scanned: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    built: tuple[str, ...] = ()
    gone: tuple[LostObject, ...] = ()
    touched: bool = False
    reads: bool = False
    skipped: bool = False
    deaf: bool = False
    divided: bool = False
    beside: bool = False

    @property
    def strongest(self) -> LockMode | None:
        """The strongest lock held while the statement runs."""
        return max((each.mode for each in self.held), key=_strength, default=None)

    def lock_on(self, table: str) -> LockMode | None:
        """The lock on one table."""
        return next((each.mode for each in self.held if each.table == table), None)


def _strength(mode: LockMode) -> int:
    return mode.strength


@dataclass(frozen=True, slots=True)
class NotRun:
    """A migration that the witness could not run, and why. place: of the statement."""

    migration: str
    why: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class WitnessEvidence:
    """The evidence from a server of `major`. watched: statements that ran completely, in order.

    unrun: migrations that could not be run; the later ones of their directory were not run either. prior: where the
    existing objects came from.
    """

    major: int
    prior: PriorObjects
    watched: tuple[StatementEvidence, ...] = ()
    unrun: tuple[NotRun, ...] = ()
