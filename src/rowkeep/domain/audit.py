"""What an audit of roles says: findings by severity, and attempts with what became of them."""

from __future__ import annotations

from enum import Enum

from rowkeep.domain.frozen import dataclass


class Severity(Enum):
    """How bad a finding is, mildest first."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for INFO to 4 for CRITICAL."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class RoleFinding:
    """One thing the bot can do and should not, or cannot and should. mend: the statements that put it right."""

    severity: Severity
    kind: str
    subject: str
    words: str
    mend: tuple[str, ...] = ()


class Verdict(Enum):
    """What became of an attempt. UNTRIED: it could not be made; that proves nothing."""

    DENIED = "denied"
    ALLOWED = "allowed"
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True)
class Trial:
    """An act the bot attempted inside a transaction that was rolled back. milliseconds: how long it took.

    sqlstate, words: the server's answer. As a rule 42501, insufficient_privilege.
    """

    act: str
    subject: str
    verdict: Verdict
    sqlstate: str | None
    words: str
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Newborn:
    """A table that the owner made inside a transaction that was rolled back, and what the bot could do with it.

    failure: why it could not be made ('' = it was).
    """

    creator: str
    schema: str
    rights: frozenset[str] = frozenset()
    sequence_rights: frozenset[str] = frozenset()
    failure: str = ""
