"""What the room `carry` tells the hands to do, one order at a time, and what they answer.

    Open      make the history table and the ledger where they are absent; write down that a run begins
    Together  a transaction: BEGIN, every statement of the steps, their records, COMMIT
    Single    a transaction: one statement of an ALONE step and its mark `done`
    Mark      write a mark of a statement down
    Alone     one statement outside a transaction
    Inspect   look whether the index of a statement exists and is valid
    Sweep     drop the invalid index that a failed build left
    Record    a transaction: history and ledger of an ALONE step whose statements are all done
    HandOver  have node-pg-migrate run a step, look what history says, write the ledger
    Regret    write a failure into the ledger, after the rollback
    Resolve   the connection was lost: open a new one, wait until the old session is gone, and look what it did
    Close     write down how the run ended

A reply is `Obeyed`, `Seen` (Inspect), `Resolved` (Resolve), or a reason to stop: `Denied`, `Spent`, `Overheld`,
`Halted`, `Lost`.
"""

from __future__ import annotations

from enum import Enum

from rowkeep.domain.event import Blocker
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.history import ledger
from rowkeep.domain.lint.lock import LockTiming
from rowkeep.domain.plan import Plan, StatementStep, Step
from rowkeep.domain.source import Source, Span


@dataclass(frozen=True, slots=True)
class ServerError:
    """What the server said. position: in characters of the statement, from 1; internal_*: of a query inside a body.

    piece: which statement of the unit failed, counted over all its steps; None when none of them did (COMMIT, our own
    records). at: the very place in the file, where it is known already. kept: a migration in Python has ended our
    transaction by itself, so what it did before may stay. ours: what of Rowkeep's own the server refused, in words;
    the migration is not to blame.
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
    """Carry out the steps of one unit in one transaction, with their records. number: of the first step, from 1."""

    steps: tuple[Step, ...]
    number: int
    count: int


@dataclass(frozen=True, slots=True)
class RunInTransaction:
    """Carry out one statement of an ALONE step in a transaction of its own, together with its mark."""

    step: Step
    index: int


@dataclass(frozen=True, slots=True)
class WriteMark:
    """Write down that statement `index` of `step` is at `mark`. message: the server's words for a failure."""

    step: Step
    index: int
    mark: ledger.StatementMark
    message: str | None = None


@dataclass(frozen=True, slots=True)
class RunOutsideTransaction:
    """Carry out one statement outside a transaction."""

    step: Step
    index: int


@dataclass(frozen=True, slots=True)
class InspectIndex:
    """Say how the index of this piece stands in the catalog."""

    piece: StatementStep


@dataclass(frozen=True, slots=True)
class DropInvalidIndex:
    """Drop this invalid index, concurrently. schema, name: as the catalog has them."""

    schema: str
    name: str


@dataclass(frozen=True, slots=True)
class RecordStep:
    """Write history and ledger for a step whose statements are all done, and forget its marks, in one transaction."""

    step: Step
    number: int
    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class RunNodePgMigrate:
    """Have the project's own node-pg-migrate run `step`, and see that history changed by this migration alone."""

    step: Step
    number: int
    count: int


@dataclass(frozen=True, slots=True)
class RecordFailure:
    """Write into the ledger that `step` failed; everything of it is rolled back (or marked)."""

    step: Step
    fault: ServerError


@dataclass(frozen=True, slots=True)
class ResolveConnectionLoss:
    """The connection was lost while these steps were carried out: find out whether they are recorded."""

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
    """Done and committed, in `seconds`."""

    seconds: float = 0.0


class IndexState(Enum):
    """How an index stands."""

    ABSENT = "absent"
    VALID = "valid"
    INVALID = "invalid"
    BUILDING = "building"
    """Invalid because another session builds it now."""


@dataclass(frozen=True, slots=True)
class IndexInspection:
    """What Inspect saw. schema, name: as the catalog has them; blockers: who builds it."""

    stand: IndexState
    schema: str = ""
    name: str = ""
    blockers: tuple[Blocker, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerRefused:
    """The server said no; what was in a transaction is rolled back."""

    fault: ServerError


@dataclass(frozen=True, slots=True)
class LockTimeout:
    """The lock was not to be had within the budget of `seconds`; rolled back."""

    fault: ServerError
    seconds: float
    attempts: int
    blockers: tuple[Blocker, ...] = ()


@dataclass(frozen=True, slots=True)
class LockHoldExceeded:
    """Locks that stop the application were held for `limit_s`, and the server had to give up; rolled back."""

    fault: ServerError
    locks: tuple[LockTiming, ...]
    limit_s: float


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A person or the system said stop (signal 2 or 15); cancelled on the server and rolled back.

    kept: a migration that was handed over may have done something outside a transaction, which stays.
    """

    signal: int
    kept: bool = False


@dataclass(frozen=True, slots=True)
class ConnectionLoss:
    """The connection is gone. certain: the server had ended the transaction before, so nothing is committed."""

    message: str
    certain: bool = False


@dataclass(frozen=True, slots=True)
class ConnectionLossResolved:
    """What Resolve found. recorded: the steps are in history; None: not to be found out (why).

    gone: names of this run that were recorded before and are not there: another server answers now.
    """

    recorded: bool | None
    why: str = ""
    gone: tuple[str, ...] = ()


InstructionResult = (
    Succeeded
    | IndexInspection
    | ServerRefused
    | LockTimeout
    | LockHoldExceeded
    | Cancelled
    | ConnectionLoss
    | ConnectionLossResolved
)
