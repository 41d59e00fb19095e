"""Table lock modes, by PostgreSQL's own names (manual, 13.3.1), weakest first."""

from __future__ import annotations

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass, replace
from rowkeep.domain.source import Place


class LockMode(Enum):
    """A table lock as `pg_locks.mode` spells it. Comparison is by strength."""

    ACCESS_SHARE = "AccessShareLock"
    ROW_SHARE = "RowShareLock"
    ROW_EXCLUSIVE = "RowExclusiveLock"
    SHARE_UPDATE_EXCLUSIVE = "ShareUpdateExclusiveLock"
    SHARE = "ShareLock"
    SHARE_ROW_EXCLUSIVE = "ShareRowExclusiveLock"
    EXCLUSIVE = "ExclusiveLock"
    ACCESS_EXCLUSIVE = "AccessExclusiveLock"

    @property
    def sql(self) -> str:
        """The words of `LOCK TABLE … IN … MODE`."""
        return self.name.replace("_", " ")

    @property
    def strength(self) -> int:
        """0 for ACCESS SHARE to 7 for ACCESS EXCLUSIVE."""
        return _ORDER.index(self)

    @property
    def blocks_writes(self) -> bool:
        """Whether INSERT, UPDATE and DELETE wait for it."""
        return self.strength >= LockMode.SHARE.strength

    @property
    def blocks_reads(self) -> bool:
        """Whether a plain SELECT waits for it."""
        return self is LockMode.ACCESS_EXCLUSIVE


_ORDER = tuple(LockMode)


@dataclass(frozen=True, slots=True)
class LockTiming:
    """A lock that blocks others on a table that existed before: how long it was waited for and held.

    wait_s: the longest time that one try waited in the lock queue, with later sessions queued after it; None: part of
    hold_s, because only the statement itself could take the lock. hold_s: the longest time from the grant (from the
    start of the statement if wait_s is None) to the end of the transaction, measured by the client. tries: how often
    the lock was requested. place: the statement that needed it.
    """

    migration: str
    table: str
    mode: LockMode
    hold_s: float = 0.0
    wait_s: float | None = None
    tries: int = 1
    place: Place | None = None

    def merge(self, other: LockTiming, tries: int) -> LockTiming:
        """Merge both: the longest wait and hold, and the statement of the stronger lock. tries: of `other`."""
        waits = [value for value in (self.wait_s, other.wait_s) if value is not None]
        return replace(
            self if self.mode.strength >= other.mode.strength else other,
            hold_s=max(self.hold_s, other.hold_s),
            wait_s=max(waits, default=None),
            tries=self.tries + tries,
        )
