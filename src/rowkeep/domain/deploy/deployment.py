"""A deploy from end to end, as far as it came: what its report is made of."""

from __future__ import annotations

from rowkeep.domain.deploy.backup import Backup
from rowkeep.domain.deploy.rehearsal import Rehearsal
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.plan import Plan, RunResult


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A loss that a person took on by name, and why. Both go into the ledger.

    unrehearsed: names of migrations that may be applied though they cannot be rehearsed.
    """

    names: frozenset[str] = frozenset()
    because: str | None = None
    unrehearsed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Deployment:
    """What each stage made; None for a stage that was not reached or not asked for. seconds: of the whole walk."""

    plan: Plan
    backup: Backup | None = None
    rehearsal: Rehearsal | None = None
    carried: RunResult | None = None
    seconds: float = 0.0
