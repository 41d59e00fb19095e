"""Table lock modes, by PostgreSQL's own names (manual, 13.3.1), weakest first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

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
        """Whether INSERT, UPDATE and DELETE wait behind it."""
        return self.strength >= LockMode.SHARE.strength

    @property
    def blocks_reads(self) -> bool:
        """Whether a plain SELECT waits behind it."""
        return self is LockMode.ACCESS_EXCLUSIVE


_ORDER = tuple(LockMode)


@dataclass(frozen=True, slots=True)
class LockTiming:
    """A lock that stops others, on a table that was there before: how long it was waited for and held.

    wait_s: the longest time that one try queued for it, with everybody who came later behind it; None: not told apart
    from the hold, because only the statement itself could take the lock. hold_s: the longest time from the grant (from
    the beginning of the statement, where wait_s is None) to the end of the transaction, as the client saw both.
    tries: how often it was asked for. place: the statement that needed it.
    """

    migration: str
    table: str
    mode: LockMode
    hold_s: float = 0.0
    wait_s: float | None = None
    tries: int = 1
    place: Place | None = None

    def merge(self, other: LockTiming, tries: int) -> LockTiming:
        """Both as one: the longest wait and hold, and the statement of the stronger. tries: of the other."""
        waits = [value for value in (self.wait_s, other.wait_s) if value is not None]
        return replace(
            self if self.mode.strength >= other.mode.strength else other,
            hold_s=max(self.hold_s, other.hold_s),
            wait_s=max(waits, default=None),
            tries=self.tries + tries,
        )
