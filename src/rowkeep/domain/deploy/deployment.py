"""The results of a deploy, for its report."""

from __future__ import annotations

from rowkeep.domain.deploy.backup import Backup
from rowkeep.domain.deploy.prediction import Prediction
from rowkeep.domain.deploy.rehearsal import Rehearsal, StatementTiming
from rowkeep.domain.deploy.saved_rehearsal import SavedRehearsal
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.plan import Plan, RunResult


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A loss that the user accepted by name, and the reason. Both are recorded in the ledger.

    unrehearsed: names of migrations that may be applied although they cannot be rehearsed. statements: names of
    statements of the application that may break. locks: tables on which a lock may be held longer than `max-lock`.
    """

    names: frozenset[str] = frozenset()
    because: str | None = None
    unrehearsed: frozenset[str] = frozenset()
    statements: frozenset[str] = frozenset()
    locks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Deployment:
    """The result of each stage; None for a stage that was not reached or not requested.

    seconds: of the whole deploy. prediction: made from the rehearsal. timings: of the statements in production.
    saved: the rehearsal as it is saved (`rehearse`), or as it was accepted in place of a new one (`deploy`).
    """

    plan: Plan
    backup: Backup | None = None
    rehearsal: Rehearsal | None = None
    carried: RunResult | None = None
    seconds: float = 0.0
    prediction: Prediction | None = None
    timings: tuple[StatementTiming, ...] = ()
    saved: SavedRehearsal | None = None
