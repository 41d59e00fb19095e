"""Where every migration stands, what was asked, and the steps that follow from both."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.history.ledger import Checkpoint, Checksum, HistoryRow, HistoryTable, LedgerText
from rowkeep.domain.history.state import State
from rowkeep.domain.lint.lock import LockTiming
from rowkeep.domain.migration import Direction, Directory, Migration

if TYPE_CHECKING:
    # The acts of a statement are many words; whoever only asks where migrations stand does without them.
    from rowkeep.domain.statement import Statement


class MigrationState(Enum):
    """Where a migration stands."""

    APPLIED = "applied"
    PENDING = "pending"
    UNFINISHED = "unfinished"
    """Begun outside a transaction and not finished; the next run of the same direction goes on with it."""
    MISSING = "missing"
    """In history, without a file."""


class EditState(Enum):
    """How the file of an applied migration compares with the text that was applied."""

    SAME = "same"
    COMMENT = "comment"
    """Only comments, blanks or the case of bare words differ."""
    CHANGED = "changed"
    UNKNOWN = "unknown"
    """Applied by another tool: the text is not known."""


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """One migration, by file and by history. late: pending, but older than one that is applied.

    misplaced: applied after a migration that comes later in the directory.
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
    """Every migration of the directory and of history: files in their order, missing ones at their turn of history."""

    directory: Directory
    state: State
    standings: tuple[MigrationStatus, ...]

    def of(self, stand: MigrationState) -> tuple[MigrationStatus, ...]:
        """Those that stand so."""
        return tuple(standing for standing in self.standings if standing.stand is stand)

    @property
    def pending(self) -> tuple[MigrationStatus, ...]:
        """What `up` would apply, in order; an unfinished one is pending too."""
        return tuple(
            item for item in self.standings if item.stand in (MigrationState.PENDING, MigrationState.UNFINISHED)
        )

    @property
    def changed(self) -> tuple[MigrationStatus, ...]:
        """Applied migrations whose file means something else now."""
        return tuple(item for item in self.standings if item.edit is EditState.CHANGED)

    @property
    def applied(self) -> tuple[MigrationStatus, ...]:
        """What history holds, missing files included, in the order of history."""
        held = [item for item in self.standings if item.row is not None]
        order = {row.id: number for number, row in enumerate(self.state.rows)}
        return tuple(sorted(held, key=lambda item: order[item.row.id] if item.row else 0))


class Action(Enum):
    """What was asked for."""

    UP = "up"
    DOWN = "down"
    REDO = "redo"


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked. count: how many migrations, None for all (up) or one (down, redo). name: only up to it.

    with_older: `up NAME` may apply older pending ones too. out_of_order: names that may be applied though younger ones
    are applied. accepted: names whose edit or deletion is settled. repeat: an interrupted statement of which nobody
    can tell whether it finished is run again (True), taken as done (False), or asked about (None). hand_over: what is
    JavaScript or TypeScript is handed to the project's own node-pg-migrate.
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
    """How the statements of a step meet transactions."""

    TOGETHER = "together"
    """One transaction holds all statements and the records."""
    ALONE = "alone"
    """Statement by statement, each recorded, because one of them cannot run in a transaction."""
    HANDED = "handed over"
    """The project's own node-pg-migrate runs it, in its transaction; our ledger learns of it right after."""


class ResumeInfo(Enum):
    """What to do about a statement outside a transaction of which nobody knows whether it finished."""

    REPEATABLE = "repeatable"
    """Running it again does no harm (VACUUM, REINDEX, ALTER SYSTEM …)."""
    BUILDS_INDEX = "builds an index"
    """The catalog tells: a valid index is done, an invalid one is dropped and built again."""
    DROPS_INDEX = "drops an index"
    """The catalog tells: gone is done."""
    ASK = "ask"
    """Only a person can tell."""


@dataclass(frozen=True, slots=True)
class StatementStep:
    """A statement of a step and how it runs. patient: it may wait long for a lock, nobody queues behind it.

    outside: no transaction can hold it. index: of a CONCURRENTLY, as (schema, name); table: of an index that is built.
    checksum: of its tokens, known for ALONE steps. function: of a migration in Python, what is called; the statement
    is then the function, with the acts of all SQL that stands in it, and sends is that SQL, as far as it is constant.
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
    """One migration in one direction. why: the reason for its mode, for people. resume: what an earlier run left.

    own_lock_timeout: the text says how long it waits for locks, and is left to it.
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
    """A migration of history of which the ledger learns something: first sight, or an edit that a person accepted.

    because: the person's reason, where one was asked for.
    """

    name: str
    row: HistoryRow
    checksum: Checksum
    text: str
    accepted: bool = False
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done, in order. units: steps that share one transaction (or a single step that has none).

    floor: `run_on` must not be older than this, or the order of history would break (a clock or a zone stepped back).
    ledger: whether our own ledger is kept. settles: a person accepted an edit or a deletion, to be written down even
    where there is nothing to run. left_pending: how many pending migrations the plan leaves. notes, warnings: what the
    user should know before. directory: the migrations that it was planned from, to be read on without parsing again.
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

    @property
    def idle(self) -> bool:
        """Nothing is to do."""
        return not self.units and not self.settles

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, in order."""
        return tuple(step for unit in self.units for step in unit)


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did. done: the steps that are applied (or undone) and recorded, in order, with their seconds.

    backup: the id of the one that was taken before, because something was to be undone. locks: what stopped others, on
    tables that were there before.
    """

    plan: Plan
    done: tuple[tuple[Step, float], ...] = ()
    backup: str | None = None
    locks: tuple[LockTiming, ...] = ()

    @property
    def seconds(self) -> float:
        """How long all steps took together."""
        return sum(seconds for _, seconds in self.done)
