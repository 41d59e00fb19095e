"""Table lock modes, by PostgreSQL's own names (manual, 13.3.1), weakest first."""

from __future__ import annotations

from enum import Enum


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
