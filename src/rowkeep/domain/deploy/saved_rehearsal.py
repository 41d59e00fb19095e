"""A rehearsal in a file, and what it started from: `deploy` accepts it while both still fit."""

from __future__ import annotations

from rowkeep.domain.deploy.rehearsal import Rehearsal
from rowkeep.domain.deploy.review import Review
from rowkeep.domain.deploy.roundtrip import ProvenDown
from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.schema.structure import Structure


class SavedOutcome(Enum):
    """How the rehearsal ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOTHING_PENDING = "nothing pending"
    UNFINISHED = "unfinished"
    """It was still running, or was killed."""


class StatementSource(Enum):
    """Which statements of the application were checked."""

    RECORDED = "recorded"
    """Those that the server recorded, if it records any."""
    FILE = "file"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class RehearsalBasis:
    """What a rehearsal starts from. review: files, history, database, server; downs: the texts of the down parts.

    role: that migrates. configuration: settings that change what migrations do, by name. statements: which were to be
    checked. production: the structure of production.
    """

    review: Review
    downs: tuple[ProvenDown, ...]
    role: str
    configuration: tuple[tuple[str, str], ...]
    statements: StatementSource
    production: Structure


@dataclass(frozen=True, slots=True)
class SavedRehearsal:
    """A rehearsal as a file keeps it. basis, rehearsal: None unless it passed. why: what it failed with.

    finished_at: UTC, ISO 8601. prediction: as it was shown. rowkeep: the version that wrote it. digest: SHA-256 of all
    of it.
    """

    outcome: SavedOutcome
    finished_at: str
    why: str = ""
    basis: RehearsalBasis | None = None
    rehearsal: Rehearsal | None = None
    prediction: tuple[str, ...] = ()
    rowkeep: str = ""
    digest: str = ""
