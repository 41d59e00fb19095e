"""The result of a rehearsal: proof that the backup can be restored, and what the migrations did to its rows."""

from __future__ import annotations

from rowkeep.domain.deploy.application import ApplicationCheck, ApplicationLoad
from rowkeep.domain.deploy.backup import Backup
from rowkeep.domain.deploy.containment import NOTHING_CLOSED, Containment
from rowkeep.domain.deploy.golden_copy import CopySource
from rowkeep.domain.deploy.loss import ChangedRows, ComparedView, Loss, Overwritten
from rowkeep.domain.deploy.prediction import TableSize
from rowkeep.domain.deploy.roundtrip import Roundtrip
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.lint.lock import LockTiming
from rowkeep.domain.schema.structure import Structure
from rowkeep.domain.source import Place


@dataclass(frozen=True, slots=True)
class StatementTiming:
    """How long one statement took on the restored copy."""

    migration: str
    place: Place
    head: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Unrehearsed:
    """A migration that could not be rehearsed. needs: what the copy lacks."""

    name: str
    needs: str


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A finished rehearsal. backup: proven by it. before, after: structure of the copy. roundtrip: if requested.

    unrehearsed: migrations that the user allows without a rehearsal; `after` and the losses do not include them.
    containment: of the server that held the copy. rows: of the backup; own_rows: how many of them are in the history
    table and in Rowkeep's own schema. compared: each column whose values were compared; all columns of the tables that
    changed. views: those that were replaced, or that read a changed table. application: the application's statements,
    where they were checked. load: how long they took
    beside the migrations, where they ran as load. copy: the golden copy that was cloned; None where the backup was
    restored for it. locks:
    those that blocked others on the copy; empty if not everything was rehearsed. sizes: of the copy's tables, before
    the migrations.
    """

    backup: Backup
    major: int
    restore_seconds: float
    migrate_seconds: float
    rows: int
    before: Structure
    after: Structure
    losses: tuple[Loss, ...]
    touched: tuple[ChangedRows, ...]
    timings: tuple[StatementTiming, ...]
    roundtrip: Roundtrip | None = None
    unrehearsed: tuple[Unrehearsed, ...] = ()
    containment: Containment = NOTHING_CLOSED
    own_rows: int = 0
    compared: tuple[Overwritten, ...] = ()
    views: tuple[ComparedView, ...] = ()
    application: ApplicationCheck | None = None
    load: ApplicationLoad | None = None
    copy: CopySource | None = None
    locks: tuple[LockTiming, ...] = ()
    sizes: tuple[TableSize, ...] = ()

    @property
    def overwritten(self) -> tuple[Overwritten, ...]:
        """The columns in which values changed."""
        return tuple(one for one in self.compared if one.count)

    @property
    def not_compared(self) -> tuple[ChangedRows, ...]:
        """Tables with updated rows whose values were not compared."""
        known = {name for column in self.compared for name in (column.table, *column.names)}
        return tuple(one for one in self.touched if one.updated and one.table not in known)
