"""Edits of history that run nothing: accepted edits and deletions, marks, a baseline."""

from __future__ import annotations

from datetime import datetime

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.history.ledger import Checksum, HistoryRow
from rowkeep.domain.plan import Plan


class HistoryAction(Enum):
    """The kind of edit. The value is the command."""

    ACCEPT = "accept"
    APPLIED = "mark applied"
    UNAPPLIED = "mark unapplied"
    BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class HistoryRequest:
    """What the user requested. names: as typed; one for BASELINE. because: the reason, recorded in the ledger."""

    matter: HistoryAction
    names: tuple[str, ...]
    because: str


@dataclass(frozen=True, slots=True)
class InsertedRow:
    """A migration that gets a history row. run_on: its place in the order; None is now."""

    name: str
    checksum: Checksum
    text: str
    run_on: datetime | None = None


@dataclass(frozen=True, slots=True)
class RemovedRow:
    """A migration whose history row is deleted."""

    name: str
    row: HistoryRow
    checksum: Checksum


@dataclass(frozen=True, slots=True)
class HistoryEdit:
    """What will be written, in one transaction.

    frame: a plan without steps: the database, the tables to create, ledger entries for existing history rows.
    """

    request: HistoryRequest
    frame: Plan
    entered: tuple[InsertedRow, ...] = ()
    removed: tuple[RemovedRow, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def accepted(self) -> tuple[str, ...]:
        """The names of accepted edits and deletions."""
        return tuple(item.name for item in self.frame.settled if item.because is not None)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.entered or self.removed or self.accepted)
