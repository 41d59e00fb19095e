"""A deploy from end to end, as far as it came: what its report is made of."""

from __future__ import annotations

from rowkeep.domain.backup import Backup
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.plan import Carried, Plan
from rowkeep.domain.rehearsal import Rehearsal


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
    carried: Carried | None = None
    seconds: float = 0.0
