"""What a scratch server showed of migrations that ran on it: the evidence, statement by statement."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.source import Place, Span
from rowkeep.domain.statement import Statement


class PriorObjects(Enum):
    """Where the objects came from that stood there before the judged migrations ran."""

    REPLAYED = "replayed"
    """From the earlier migrations of the directory: what others made in production is not there."""
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
    """A table of others and the strongest lock on it. fresh: this statement took it."""

    table: str
    mode: LockMode
    fresh: bool


@dataclass(frozen=True, slots=True)
class LostObject:
    """Something that stood there before the migration and does not after the statement.

    kind: `table`, `column`, `view`, `materialized view`, `sequence`, `function`, `type`, `schema`; or `rows`: the
    table's file was replaced without a rewrite (TRUNCATE). name: as people say it (`public` left out).
    """

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class StatementEvidence:
    """What one statement did to what stood there before its migration.

    held: locks on tables, of this statement and of those before it in the transaction. rewritten, scanned, built:
    tables that were stored anew, read from end to end, and on which an index was built, in the server's own words.
    counted: tables that were read in sequence as its counters say, perhaps not to their end. gone: what it took away.
    touched: it locked a table of others more than a reader does. reads: it read a table or a catalog, or wrote rows,
    so that what it did may depend on what they hold. skipped: it left something out because it is there already, or
    is not. deaf: it may have said more than was heard. divided: it touched a partitioned table. beside: it touched a
    table that its migration has made.
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
        """The strongest lock that is held while the statement works."""
        return max((each.mode for each in self.held), key=_strength, default=None)

    def lock_on(self, table: str) -> LockMode | None:
        """The lock on one table."""
        return next((each.mode for each in self.held if each.table == table), None)


def _strength(mode: LockMode) -> int:
    return mode.strength


@dataclass(frozen=True, slots=True)
class NotRun:
    """A migration that the witness could not run, and why, in the server's words. place: of the statement."""

    migration: str
    why: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class WitnessEvidence:
    """Everything that was seen on a server of `major`. watched: statements that ran to their end, in their order.

    unrun: what could not be run; nothing behind it in its directory was. prior: of what stood there before.
    """

    major: int
    prior: PriorObjects
    watched: tuple[StatementEvidence, ...] = ()
    unrun: tuple[NotRun, ...] = ()
