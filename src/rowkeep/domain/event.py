"""Events of a run as values. Packages emit them, `report` formats them, the command line shows them."""

from __future__ import annotations

from collections.abc import Callable

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.source import Place


class Outcome(Enum):
    """How a stage ended."""

    OK = "ok"
    REFUSED = "refused"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class StageStarted:
    """A stage of a command begins. stage: a stable word (`backup`); title: for people; total in `unit`, if known."""

    stage: str
    title: str
    total: int | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class StageProgress:
    """Progress of a stage."""

    stage: str
    done: int
    total: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class StageFinished:
    """The stage is over. summary: one line for people."""

    stage: str
    outcome: Outcome
    seconds: float
    summary: str = ""


@dataclass(frozen=True, slots=True)
class MigrationStarted:
    """A migration starts; `index` of `count` counts from 1."""

    name: str
    direction: str
    index: int
    count: int


@dataclass(frozen=True, slots=True)
class MigrationFinished:
    """A migration is applied (or rolled back) and recorded, after `seconds`."""

    name: str
    direction: str
    seconds: float


@dataclass(frozen=True, slots=True)
class StatementStarted:
    """A statement is sent. head: its first line, shortened."""

    migration: str
    index: int
    count: int
    place: Place
    head: str


@dataclass(frozen=True, slots=True)
class StatementFinished:
    """The server has executed the statement in `seconds`."""

    migration: str
    index: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Blocker:
    """A session that blocks ours. age: seconds since its transaction began."""

    pid: int
    user: str | None
    application: str | None
    address: str | None
    state: str | None
    age: float | None
    query: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Waiting for `what` (a lock on a table, the run lock) since `seconds`."""

    what: str
    seconds: float
    blockers: tuple[Blocker, ...] = ()


@dataclass(frozen=True, slots=True)
class Noted:
    """A message for the user. warning: the user should act on it."""

    message: str
    warning: bool = False


Event = (
    StageStarted
    | StageProgress
    | StageFinished
    | MigrationStarted
    | MigrationFinished
    | StatementStarted
    | StatementFinished
    | Waiting
    | Noted
)

Emit = Callable[[Event], None]
"""The function that receives events, one at a time. It must not raise."""
