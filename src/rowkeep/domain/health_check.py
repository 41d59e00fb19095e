"""The result of one check of `doctor`."""

from __future__ import annotations

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass


class CheckResult(Enum):
    """The result of a check. UNKNOWN: it could not be made, so nothing is known."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One check. name: a stable word (`pg-dump`). measured: the facts; why: what it means for a deploy.

    instead: what to type or change, best first; empty if all is well.
    """

    name: str
    health: CheckResult
    measured: str
    why: str = ""
    instead: tuple[str, ...] = ()
