"""What the migrations are expected to do to production: estimates from the rehearsal, scaled by the size of tables."""

from __future__ import annotations

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.source import Place


class WorkKind(Enum):
    """What a statement does with the rows of a table."""

    REWRITE = "table rewrite"
    INDEX_BUILD = "index build"
    SCAN = "validation scan"
    ROWS = "row changes"


@dataclass(frozen=True, slots=True)
class TableSize:
    """A table with its partitions, on the copy before the migrations. bytes: of its rows; indexes are not in it.

    rewritten: the migrations gave it a new file.
    """

    table: str
    bytes: int
    rows: int
    rewritten: bool = False


@dataclass(frozen=True, slots=True)
class ProductionSize:
    """A table with its partitions, in production. rows: None if they were not counted."""

    bytes: int
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class ComparedSize:
    """A table on the copy and in production. production: None if it could not be read."""

    table: str
    copy: TableSize
    production: ProductionSize | None

    def factor(self, kind: WorkKind) -> float | None:
        """How many times as long this work takes in production, at least 1; None if that cannot be estimated.

        A scan reads all bytes, dead rows too; other work follows the number of rows, if it is known.
        """
        if self.production is None:
            return None
        if kind is WorkKind.SCAN:
            return _divide(self.production.bytes, self.copy.bytes)
        if self.production.rows is None:
            return _divide(self.production.bytes, self.copy.bytes)
        return _divide(self.production.rows, self.copy.rows)


def _divide(production: int, copy: int) -> float | None:
    """At least 1; None if the table is empty on the copy only: then nothing was measured."""
    if not copy:
        return None if production else 1.0
    return max(1.0, production / copy)


@dataclass(frozen=True, slots=True)
class PredictedLock:
    """A lock that blocks others on a table that exists. measured_s: how long it was held on the copy.

    seconds: how long it will be held in production; None if that cannot be estimated. Waiting is not in it.
    """

    migration: str
    table: str
    mode: LockMode
    place: Place | None
    measured_s: float
    seconds: float | None


@dataclass(frozen=True, slots=True)
class PredictedWork:
    """What a statement does with the rows of a table that exists.

    measured_s: how long the statement took on the copy; seconds: how long it will take in production, None if that
    cannot be estimated. rows: how many are updated or deleted, None if not known. writes_go_on: whether others can
    write to the table meanwhile.
    """

    migration: str
    table: str
    kind: WorkKind
    place: Place
    measured_s: float
    seconds: float | None
    rows: int | None = None
    writes_go_on: bool = True


@dataclass(frozen=True, slots=True)
class PredictedStep:
    """One migration: how long its statements took on the copy, and will take in production (None: not known)."""

    migration: str
    measured_s: float
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Prediction:
    """The estimates for a plan. sizes: of the tables whose size they depend on."""

    steps: tuple[PredictedStep, ...] = ()
    locks: tuple[PredictedLock, ...] = ()
    work: tuple[PredictedWork, ...] = ()
    sizes: tuple[ComparedSize, ...] = ()
