"""Instructions: what `runner` tells `database/executor` to do, one at a time, and the results it gets back.

    StartRun               create the history table and the ledger if they are missing; record that a run begins
    RunTransaction         a transaction: BEGIN, every statement of the steps, their records, COMMIT
    RunInTransaction       a transaction: one statement of a non-transactional step, and its mark `done`
    WriteMark              record the mark of a statement
    InspectLosses          find what the text of a statement outside a transaction shows that it would take
    RunOutsideTransaction  one statement outside a transaction
    InspectIndex           check whether the index of a statement exists and is valid
    DropInvalidIndex       drop the invalid index that a failed build left
    RecordStep             a transaction: history and ledger of a non-transactional step whose statements are all done
    RunNodePgMigrate       run a step by node-pg-migrate, check what history says, write the ledger
    RecordFailure          record a failure in the ledger, after the rollback
    ResolveConnectionLoss  reconnect, wait until the old session has ended, and find out what it did
    FinishRun              record how the run ended

A result is `Succeeded`, `IndexInspection` (of InspectIndex), `ConnectionLossResolved` (of ResolveConnectionLoss), or a
reason to stop: `ServerRefused`, `LossesRefused`, `LockTimeout`, `LockHoldExceeded`, `Cancelled`, `ConnectionLoss`.
"""

from __future__ import annotations

from rowkeep.domain.deploy.loss import Loss
from rowkeep.domain.enumeration import Enum
from rowkeep.domain.event import Blocker
from rowkeep.domain.frozen import dataclass, replace
from rowkeep.domain.history import ledger
from rowkeep.domain.lint.lock import LockTiming
from rowkeep.domain.plan import Plan, StatementStep, Step
from rowkeep.domain.source import Source, Span


@dataclass(frozen=True, slots=True)
class ServerError:
    """An error of the server. position: in characters of the statement, from 1; internal_*: of a query inside a body.

    piece: which statement of the transaction group failed, counted over all its steps; None if none of them did
    (COMMIT, our own records). at: the place in the file, if it is known already. kept: a migration in Python ended our
    transaction itself, so its earlier changes may stay. ours: which statement of Rowkeep itself was refused; then the
    migration is not at fault.
    """

    message: str
    sqlstate: str | None = None
    detail: str | None = None
    hint: str | None = None
    context: str | None = None
    position: int | None = None
    internal_position: int | None = None
    internal_query: str | None = None
    schema: str | None = None
    table: str | None = None
    constraint: str | None = None
    piece: int | None = None
    at: tuple[Source, Span] | None = None
    kept: bool = False
    ours: str = ""


@dataclass(frozen=True, slots=True)
class StartRun:
    """A run of `plan` begins."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class RunTransaction:
    """Run the steps of one transaction group and record them, in one transaction.

    number: of the first step, from 1. guarded: compare what there is before COMMIT, and roll back where something is
    lost that the plan's guard does not accept.
    """

    steps: tuple[Step, ...]
    number: int
    count: int
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class RunInTransaction:
    """Run one statement of a non-transactional step in its own transaction, together with its mark.

    guarded: as of RunTransaction.
    """

    step: Step
    index: int
    guarded: bool = False

    @property
    def statement_step(self) -> Step:
        """The step, with this statement only."""
        return replace(self.step, pieces=(self.step.pieces[self.index],))


@dataclass(frozen=True, slots=True)
class WriteMark:
    """Record that statement `index` of `step` is at `mark`. message: the server's message if it failed."""

    step: Step
    index: int
    mark: ledger.StatementMark
    message: str | None = None


@dataclass(frozen=True, slots=True)
class InspectLosses:
    """Find out whether the text of a statement outside a transaction shows a loss that nobody accepted."""

    step: Step
    index: int

    @property
    def statement_step(self) -> Step:
        """The step, with this statement only."""
        return replace(self.step, pieces=(self.step.pieces[self.index],))


@dataclass(frozen=True, slots=True)
class RunOutsideTransaction:
    """Run one statement outside a transaction. guarded: compare what there is before and after."""

    step: Step
    index: int
    guarded: bool = False

    @property
    def statement_step(self) -> Step:
        """The step, with this statement only."""
        return replace(self.step, pieces=(self.step.pieces[self.index],))


@dataclass(frozen=True, slots=True)
class InspectIndex:
    """Find out in which state the index of this statement is."""

    piece: StatementStep


@dataclass(frozen=True, slots=True)
class DropInvalidIndex:
    """Drop this invalid index, concurrently. schema, name: as the catalog has them."""

    schema: str
    name: str


@dataclass(frozen=True, slots=True)
class RecordStep:
    """Write history and ledger for a step whose statements are all done, and delete its marks, in one transaction."""

    step: Step
    number: int
    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class RunNodePgMigrate:
    """Run `step` by the project's own node-pg-migrate, and check that history changed by this migration only."""

    step: Step
    number: int
    count: int


@dataclass(frozen=True, slots=True)
class RecordFailure:
    """Record in the ledger that `step` failed. All of it is rolled back (or marked)."""

    step: Step
    fault: ServerError


@dataclass(frozen=True, slots=True)
class ResolveConnectionLoss:
    """The connection was lost while these steps ran: find out whether they are recorded."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class FinishRun:
    """The run is over. outcome: a word for the ledger (`done`, `failed`, `interrupted`, `busy`)."""

    outcome: str


Instruction = (
    StartRun
    | RunTransaction
    | RunInTransaction
    | WriteMark
    | InspectLosses
    | RunOutsideTransaction
    | InspectIndex
    | DropInvalidIndex
    | RecordStep
    | RunNodePgMigrate
    | RecordFailure
    | ResolveConnectionLoss
    | FinishRun
)


@dataclass(frozen=True, slots=True)
class Succeeded:
    """Done and committed, in `seconds`. losses: what a statement outside a transaction took, and nobody accepted."""

    seconds: float = 0.0
    losses: tuple[Loss, ...] = ()


class IndexState(Enum):
    """The state of an index."""

    ABSENT = "absent"
    VALID = "valid"
    INVALID = "invalid"
    BUILDING = "building"
    """Invalid because another session is building it."""


@dataclass(frozen=True, slots=True)
class IndexInspection:
    """The result of InspectIndex. schema, name: as the catalog has them; blockers: the sessions that build it."""

    stand: IndexState
    schema: str = ""
    name: str = ""
    blockers: tuple[Blocker, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerRefused:
    """The server refused a statement. Its transaction is rolled back."""

    fault: ServerError


@dataclass(frozen=True, slots=True)
class LossesRefused:
    """The guard found losses that nobody accepted. The transaction is rolled back.

    was_run: False for a statement outside a transaction that was not run, because its text shows what it would take.
    """

    losses: tuple[Loss, ...]
    was_run: bool = True


@dataclass(frozen=True, slots=True)
class LockTimeout:
    """Could not acquire the lock within the lock budget of `seconds`; rolled back."""

    fault: ServerError
    seconds: float
    attempts: int
    blockers: tuple[Blocker, ...] = ()


@dataclass(frozen=True, slots=True)
class LockHoldExceeded:
    """Locks that block the application were held for `limit_s`, the hold limit; rolled back."""

    fault: ServerError
    locks: tuple[LockTiming, ...]
    limit_s: float


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The run was interrupted (signal 2 or 15), cancelled on the server and rolled back.

    kept: a migration that node-pg-migrate runs may have changed something outside a transaction; that stays.
    """

    signal: int
    kept: bool = False


@dataclass(frozen=True, slots=True)
class ConnectionLoss:
    """The connection was lost. certain: the server ended the transaction before that, so nothing is committed."""

    message: str
    certain: bool = False


@dataclass(frozen=True, slots=True)
class ConnectionLossResolved:
    """The result of ResolveConnectionLoss. recorded: the steps are in history; None: unknown (why).

    gone: names that this run recorded before and that are missing now: another server answers.
    """

    recorded: bool | None
    why: str = ""
    gone: tuple[str, ...] = ()


InstructionResult = (
    Succeeded
    | IndexInspection
    | ServerRefused
    | LossesRefused
    | LockTimeout
    | LockHoldExceeded
    | Cancelled
    | ConnectionLoss
    | ConnectionLossResolved
)
