"""A golden copy: the data directory of a restored backup, kept so that later rehearsals only clone it."""

from __future__ import annotations

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass


class CopyMethod(Enum):
    """How the copy that a rehearsal ran on was made.

    REFLINK: the file system shares the blocks until one side changes them. FILES: file by file.
    """

    REFLINK = "reflink"
    FILES = "copy"


@dataclass(frozen=True, slots=True)
class GoldenCopy:
    """A golden copy. directory: its own, with the data directory in it; key: that directory's name.

    backup_id, backup_path, backup_sha256: the backup that was restored. database: the name in the copy; source: the
    name in production; system_identifier: of production's server. taken_at: when the data was read there; made_at:
    when the copy was made; both UTC, ISO 8601. bytes: of its files. platform: the programs and the system that its
    files fit. history: a hash of the applied migrations; structure_digest: of the structure. files: a hash of the
    names, sizes and times of all files. restore_seconds: what restoring took; clone_seconds: what the last clone took,
    or None.
    """

    key: str
    directory: str
    backup_id: str
    backup_path: str
    backup_sha256: str
    database: str
    source: str
    system_identifier: str | None
    taken_at: str
    made_at: str
    major: int
    bytes: int
    platform: str
    history: str
    structure_digest: str | None
    files: str
    restore_seconds: float
    clone_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class UnusableCopy:
    """A golden copy that is not used any more. fault: why; `clones prune` removes it."""

    path: str
    fault: str
    bytes: int


@dataclass(frozen=True, slots=True)
class GoldenCopies:
    """The golden copies of this user, newest data first."""

    directory: str
    copies: tuple[GoldenCopy, ...]
    unusable: tuple[UnusableCopy, ...] = ()


@dataclass(frozen=True, slots=True)
class CloneRoom:
    """Whether a clone has room. needed, free: bytes; reflink: whether it shares blocks with the golden copy."""

    needed: int
    free: int
    reflink: bool

    @property
    def enough(self) -> bool:
        """Whether the clone fits."""
        return self.needed <= self.free


class DataScope(Enum):
    """Which rows of production a rehearsal runs on."""

    FULL = "full"
    SAMPLE = "sample"
    SCHEMA = "schema"


@dataclass(frozen=True, slots=True)
class CopySource:
    """Where the copy of a rehearsal came from, if it was not a restored backup.

    method, backup_id: of the golden copy; None for a sample. taken_at: when its data was read in production;
    seconds: to make the copy. data: which rows it has; sample_rows: about how many of each table.
    """

    method: CopyMethod | None
    backup_id: str | None
    taken_at: str
    age_seconds: float
    seconds: float
    bytes: int = 0
    data: DataScope = DataScope.FULL
    sample_rows: int | None = None

    @property
    def is_partial(self) -> bool:
        """Whether the copy has not all rows, so that the rehearsal proves less."""
        return self.data is not DataScope.FULL
