"""What `doctor` says: one small value per check."""

from __future__ import annotations

from enum import Enum

from rowkeep.domain.frozen import dataclass


class CheckResult(Enum):
    """How a check came out. UNKNOWN: it could not be made, which is no good sign and no proof."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One check. name: a stable word (`pg-dump`). measured: what was seen; why: what it means for a deploy.

    instead: what to type or change, best first; nothing where all is well.
    """

    name: str
    health: CheckResult
    measured: str
    why: str = ""
    instead: tuple[str, ...] = ()
