"""The state of a database: everything that a plan needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass, field
from rowkeep.domain.history.ledger import Checkpoint, HistoryRow, HistoryTable, LedgerText


class LedgerAccess(Enum):
    """What the current role can do with the schema `rowkeep`."""

    WRITABLE = "writable"
    ABSENT = "absent"
    """It does not exist; the role may create it."""
    FORBIDDEN = "forbidden"
    """It does not exist and the role may not create it: only the history table is written."""
    LOCKED = "locked"
    """It exists, but the role may not write to it: a run would be missing in it."""


@dataclass(frozen=True, slots=True)
class State:
    """The state of a database at one moment.

    version_num: `server_version_num`. role: the current user. recovering: a standby. read_only: of new transactions.
    history_exists: the history table exists. rows: in the order of history (run_on, id). records: by the id of the
    history row they belong to. edition: of the ledger, 0 if it does not exist. ledger_schema: the schema of the ledger
    exists. now: the server's local time, as `NOW()` would write it into `run_on`.
    """

    version_num: int
    database: str
    role: str
    superuser: bool
    recovering: bool
    read_only: bool
    now: datetime
    time_zone: str
    history: HistoryTable
    history_exists: bool
    rows: tuple[HistoryRow, ...] = ()
    edition: int = 0
    access: LedgerAccess = LedgerAccess.ABSENT
    records: Mapping[int, LedgerText] = field(default_factory=dict)
    checkpoints: tuple[Checkpoint, ...] = ()
    ledger_schema: bool = False

    @property
    def major(self) -> int:
        """The server's major version."""
        return self.version_num // 10000

    @property
    def newest(self) -> datetime | None:
        """The `run_on` of the last row of history."""
        return self.rows[-1].run_on if self.rows else None

    @property
    def names(self) -> frozenset[str]:
        """The names in history."""
        return frozenset(row.name for row in self.rows)
