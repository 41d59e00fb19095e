"""Records of past runs: the history rows shared with node-pg-migrate, and Rowkeep's own ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass, field


@dataclass(frozen=True, slots=True)
class HistoryTable:
    """The table that both tools write. `key`: how the ledger refers to it, because a database may hold several."""

    schema: str = "public"
    table: str = "pgmigrations"

    @property
    def key(self) -> str:
        """`public.pgmigrations`, for the ledger and for people; never used as SQL."""
        return f"{self.schema}.{self.table}"


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A row of the history table. run_on: the server's local time, without a zone, as node-pg-migrate writes it."""

    id: int
    name: str
    run_on: datetime


@dataclass(frozen=True, slots=True)
class Checksum:
    """Checksums of one section. raw: SHA-256 of its UTF-8; token: of its tokens, which ignores comments and layout."""

    raw: str
    token: str


class EntryOutcome(Enum):
    """What a ledger entry says about a migration."""

    APPLIED = "applied"
    UNDONE = "undone"
    FAILED = "failed"
    ADOPTED = "adopted"
    """Applied by another tool; the entry records the file as Rowkeep first saw it."""
    ACCEPTED = "accepted"
    """An edited or deleted file, accepted by name."""
    MARKED = "marked"
    """Added to history by name, without running: `mark applied`, `baseline`."""
    UNMARKED = "unmarked"
    """Removed from history by name, without running: `mark unapplied`."""


@dataclass(frozen=True, slots=True)
class LedgerText:
    """What the ledger knows about the text of a history row. entry: the id by which the text can be read."""

    entry: int
    checksum: Checksum
    outcome: EntryOutcome


class StatementMark(Enum):
    """The state of a statement in a migration that runs outside a transaction."""

    BEGUN = "begun"
    """Sent; not known to be finished (the run died, or is still running)."""
    DONE = "done"
    FAILED = "failed"
    """The server refused it; CREATE INDEX CONCURRENTLY may have left an invalid index."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of statement `index` (from 0) of an unfinished migration. checksum: of the statement's tokens."""

    migration: str
    direction: str
    index: int
    checksum: str
    mark: StatementMark
    message: str | None = None


@dataclass(frozen=True, slots=True)
class RunMetadata:
    """Who runs what, and from where. commit: of the git work tree; dirty: the migrations differ from the commit.

    details: facts about the run by name (CI run, backup, suppressions with reasons), as JSON values.
    """

    command: str
    os_user: str | None = None
    host: str | None = None
    commit: str | None = None
    dirty: bool | None = None
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of history, from both tables: what happened to a migration, when, by whom.

    at: in the server's local time, as `run_on` is. standing: its row is still in history. seconds: how long the change
    took. locks: locks that blocked others, as `report.locks` writes them; None if there were none or they were not
    measured. predicted: what a rehearsal predicted, as `report.deploy.prediction` writes it; None without one.
    accepted: the names of what its run was allowed to lose, break or lock; because: the reason given for that.
    An entry by another tool has a name, an outcome and a time only.
    """

    migration: str
    outcome: EntryOutcome
    at: datetime
    run_on: datetime | None = None
    standing: bool = False
    direction: str | None = None
    seconds: float | None = None
    role: str | None = None
    os_user: str | None = None
    host: str | None = None
    commit: str | None = None
    dirty: bool | None = None
    command: str | None = None
    tool_version: str | None = None
    sqlstate: str | None = None
    message: str | None = None
    locks: list[dict[str, object]] | None = None
    predicted: dict[str, object] | None = None
    accepted: list[str] | None = None
    because: str | None = None
