"""What is remembered of past runs: node-pg-migrate's history rows, and our own ledger beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import Enum

from rowkeep.domain.frozen import dataclass


@dataclass(frozen=True, slots=True)
class HistoryTable:
    """The table that both tools write. `key` is how our ledger refers to it: one database may hold several."""

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
    """Of one section's text. raw: SHA-256 of its UTF-8; token: of its tokens, blind to comments and layout."""

    raw: str
    token: str


class EntryOutcome(Enum):
    """What a ledger entry says of a migration."""

    APPLIED = "applied"
    UNDONE = "undone"
    FAILED = "failed"
    ADOPTED = "adopted"
    """Applied by another tool; its file was first seen by us as the entry tells."""
    ACCEPTED = "accepted"
    """An edited or deleted file, settled by name."""
    MARKED = "marked"
    """Written into history by name, without running: `mark applied`, `baseline`."""
    UNMARKED = "unmarked"
    """Taken out of history by name, without running: `mark unapplied`."""


@dataclass(frozen=True, slots=True)
class LedgerText:
    """What the ledger holds of the text that a history row stands for. entry: its id, to ask for the text."""

    entry: int
    checksum: Checksum
    outcome: EntryOutcome


class StatementMark(Enum):
    """How far a statement of a migration that runs outside a transaction has come."""

    BEGUN = "begun"
    """Sent; whether it finished is not known (the run died, or runs now)."""
    DONE = "done"
    FAILED = "failed"
    """The server said no; for CREATE INDEX CONCURRENTLY an invalid index may be left."""


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
    """Who runs what, and from where. commit: of the git work tree; dirty: whether its migrations differ from it.

    details: facts of the run by name (CI run, backup, allowances with reasons); values that JSON knows.
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

    at: in the server's local time, as `run_on` is. standing: its row is in history now. seconds: how long the change
    took. locks: what stopped others meanwhile, as `report.locks` puts it; None where none did, or nobody looked. An
    entry that another tool made has a name, an outcome and a time only.
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
