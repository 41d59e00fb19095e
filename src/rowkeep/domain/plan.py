"""The state of every migration, the request, and the steps of a run."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from rowkeep.domain.deploy.guard import GuardPolicy
from rowkeep.domain.deploy.loss import Loss
from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.history.ledger import Checkpoint, Checksum, HistoryRow, HistoryTable, LedgerText
from rowkeep.domain.history.state import State
from rowkeep.domain.lint.lock import LockTiming
from rowkeep.domain.migration import Direction, Directory, Migration

if TYPE_CHECKING:
    # Operations are many modules; whoever needs only the state of migrations does not import them.
    from rowkeep.domain.statement import Statement


class MigrationState(Enum):
    """The state of a migration."""

    APPLIED = "applied"
    PENDING = "pending"
    UNFINISHED = "unfinished"
    """Started outside a transaction and not finished; the next run in the same direction continues it."""
    MISSING = "missing"
    """In history, but its file does not exist."""


class EditState(Enum):
    """How the file of an applied migration compares with the text that was applied."""

    SAME = "same"
    COMMENT = "comment"
    """Only comments, blanks or the case of bare words differ."""
    CHANGED = "changed"
    UNKNOWN = "unknown"
    """Applied by another tool: the applied text is unknown."""


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """One migration, in the directory and in history. late: pending, but before one that is applied.

    misplaced: applied after a migration that is later in the directory.
    """

    name: str
    stand: MigrationState
    migration: Migration | None = None
    row: HistoryRow | None = None
    record: LedgerText | None = None
    edit: EditState = EditState.UNKNOWN
    late: bool = False
    misplaced: bool = False
    checkpoints: tuple[Checkpoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Survey:
    """Every migration of the directory and of history. Missing ones are at their place in history."""

    directory: Directory
    state: State
    standings: tuple[MigrationStatus, ...]

    def of(self, stand: MigrationState) -> tuple[MigrationStatus, ...]:
        """The migrations in this state."""
        return tuple(standing for standing in self.standings if standing.stand is stand)

    @property
    def pending(self) -> tuple[MigrationStatus, ...]:
        """What `up` would apply, in order; an unfinished one is pending too."""
        return tuple(
            item for item in self.standings if item.stand in (MigrationState.PENDING, MigrationState.UNFINISHED)
        )

    @property
    def changed(self) -> tuple[MigrationStatus, ...]:
        """Applied migrations whose tokens have changed."""
        return tuple(item for item in self.standings if item.edit is EditState.CHANGED)

    @property
    def applied(self) -> tuple[MigrationStatus, ...]:
        """All migrations in history, missing files included, in the order of history."""
        held = [item for item in self.standings if item.row is not None]
        order = {row.id: number for number, row in enumerate(self.state.rows)}
        return tuple(sorted(held, key=lambda item: order[item.row.id] if item.row else 0))


class Action(Enum):
    """The requested action."""

    UP = "up"
    DOWN = "down"
    REDO = "redo"


@dataclass(frozen=True, slots=True)
class Request:
    """What the user requested. count: how many migrations, None for all (up) or one (down, redo). name: up to this
    one.

    with_older: `up NAME` may apply older pending ones too. out_of_order: names that may be applied although
    later ones are applied. accepted: names whose edit or deletion is accepted. repeat: what to do with an interrupted
    statement that may have finished: run it again (True), treat it as done (False), refuse (None). hand_over: run
    migrations in JavaScript or TypeScript by the project's own node-pg-migrate.
    """

    action: Action = Action.UP
    count: int | None = None
    name: str | None = None
    with_older: bool = False
    out_of_order: frozenset[str] = frozenset()
    accepted: frozenset[str] = frozenset()
    repeat: bool | None = None
    hand_over: bool = False


class TransactionMode(Enum):
    """How a step uses transactions."""

    TOGETHER = "together"
    """All statements and the records are in one transaction."""
    ALONE = "alone"
    """Statement by statement, each recorded, because one of them cannot run in a transaction."""
    HANDED = "handed over"
    """The project's own node-pg-migrate runs it in its own transaction; the ledger is written right after."""


class ResumeInfo(Enum):
    """How to resume after a statement outside a transaction that may or may not have finished."""

    REPEATABLE = "repeatable"
    """It can be run again (VACUUM, REINDEX, ALTER SYSTEM …)."""
    BUILDS_INDEX = "builds an index"
    """The catalog shows it: a valid index is done, an invalid one is dropped and built again."""
    DROPS_INDEX = "drops an index"
    """The catalog shows it: if the index is gone it is done."""
    ASK = "ask"
    """Only the user can decide."""


@dataclass(frozen=True, slots=True)
class StatementStep:
    """A statement of a step and how it runs. patient: it may wait long for a lock, because nobody waits for it.

    outside: it cannot run in a transaction. index: of a CONCURRENTLY, as (schema, name); table: of an index that is
    built. checksum: of its tokens, for non-transactional steps. function: of a migration in Python, what is called;
    the statement is then the function, with the operations of all SQL in it, and `sends` is its constant SQL.
    """

    statement: Statement
    outside: bool = False
    patient: bool = False
    aftermath: ResumeInfo = ResumeInfo.REPEATABLE
    index: tuple[str | None, str] | None = None
    table: tuple[str | None, str] | None = None
    checksum: str = ""
    function: str | None = None
    sends: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One migration in one direction. why: the reason for its mode, for people. resume: marks of an earlier run.

    own_lock_timeout: the migration sets lock_timeout itself, and that is respected.
    """

    migration: Migration
    direction: Direction
    pieces: tuple[StatementStep, ...]
    mode: TransactionMode
    why: str
    text: str
    resume: tuple[Checkpoint, ...] = ()
    own_lock_timeout: bool = False

    @property
    def name(self) -> str:
        """The migration's name, as history records it."""
        return self.migration.name


@dataclass(frozen=True, slots=True)
class FirstSighting:
    """An applied migration to record in the ledger: seen for the first time, or an accepted edit.

    because: the user's reason, if one was required.
    """

    name: str
    row: HistoryRow
    checksum: Checksum
    text: str
    accepted: bool = False
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do, in order. units: the transaction groups (a non-transactional step is a group of its own).

    floor: `run_on` must not be earlier than this, or the order of history would break (clock or time zone set back).
    ledger: whether the ledger is written. settles: an edit or deletion was accepted and is recorded even if there is
    nothing to run. left_pending: how many migrations remain pending. notes, warnings: for the user, before the run.
    ledger_schema: the schema of the ledger existed when the plan was made.
    directory: the migrations it was planned from, so that later stages need not parse them again. guard: what its
    transactions may lose.
    """

    action: Action
    database: str
    history: HistoryTable
    units: tuple[tuple[Step, ...], ...]
    create_history: bool = False
    ledger: bool = True
    edition: int = 0
    floor: datetime | None = None
    settled: tuple[FirstSighting, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    repeat: bool | None = None
    settles: bool = False
    left_pending: int = 0
    directory: Directory = Directory("", "", ())
    guard: GuardPolicy = GuardPolicy()
    ledger_schema: bool = False

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do."""
        return not self.units and not self.settles

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, in order."""
        return tuple(step for unit in self.units for step in unit)


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did. done: the steps that are applied (or rolled back by a down) and recorded, with their seconds.

    backup: the id of the one taken before a down. locks: those that blocked others on existing tables. losses: what
    the guard saw go, and what was accepted by name is among it.
    """

    plan: Plan
    done: tuple[tuple[Step, float], ...] = ()
    backup: str | None = None
    locks: tuple[LockTiming, ...] = ()
    losses: tuple[Loss, ...] = ()

    @property
    def seconds(self) -> float:
        """How long all steps took together."""
        return sum(seconds for _, seconds in self.done)
