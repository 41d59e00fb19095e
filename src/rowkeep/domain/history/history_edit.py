"""What a person settles in history without running anything: edits, deletions, marks, a baseline."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.history.ledger import Checksum, HistoryRow
from rowkeep.domain.plan import Plan


class HistoryAction(Enum):
    """What is settled. The value is the command, as words."""

    ACCEPT = "accept"
    APPLIED = "mark applied"
    UNAPPLIED = "mark unapplied"
    BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class HistoryRequest:
    """What the user asked. names: as typed; one for BASELINE. because: the reason, kept in the ledger."""

    matter: HistoryAction
    names: tuple[str, ...]
    because: str


@dataclass(frozen=True, slots=True)
class InsertedRow:
    """A migration that gets a row of history. run_on: its turn among others; None is now."""

    name: str
    checksum: Checksum
    text: str
    run_on: datetime | None = None


@dataclass(frozen=True, slots=True)
class RemovedRow:
    """A migration whose row of history goes."""

    name: str
    row: HistoryRow
    checksum: Checksum


@dataclass(frozen=True, slots=True)
class HistoryEdit:
    """What will be written, all of it in one transaction.

    frame: a plan without steps: which database, what is to be made, what the ledger learns of rows that are there.
    """

    request: HistoryRequest
    frame: Plan
    entered: tuple[InsertedRow, ...] = ()
    removed: tuple[RemovedRow, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def accepted(self) -> tuple[str, ...]:
        """The names of edits and deletions that are settled."""
        return tuple(item.name for item in self.frame.settled if item.because is not None)

    @property
    def idle(self) -> bool:
        """Nothing is to be written: things are as asked already."""
        return not (self.entered or self.removed or self.accepted)
