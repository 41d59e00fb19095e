"""The result of a roles audit: findings by severity, and attempts with their outcome."""

from __future__ import annotations

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass


class RoleSeverity(Enum):
    """How bad a finding is, mildest first."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for INFO to 4 for CRITICAL."""
        return list(RoleSeverity).index(self)


@dataclass(frozen=True, slots=True)
class RoleFinding:
    """Something the bot can do and should not, or cannot do and should. fix: the statements that correct it."""

    severity: RoleSeverity
    kind: str
    subject: str
    words: str
    fix: tuple[str, ...] = ()


class AttemptOutcome(Enum):
    """The outcome of an attempt. UNTRIED: it could not be made, which proves nothing."""

    DENIED = "denied"
    ALLOWED = "allowed"
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A statement that the bot attempted in a transaction that was rolled back. milliseconds: how long it took.

    sqlstate, words: the server's answer, usually 42501, insufficient_privilege.
    """

    operation: str
    subject: str
    result: AttemptOutcome
    sqlstate: str | None
    words: str
    milliseconds: float


@dataclass(frozen=True, slots=True)
class NewTableAttempt:
    """A table that the owner created in a transaction that was rolled back, and what the bot could do with it.

    failure: why it could not be created ('' if it was).
    """

    creator: str
    schema: str
    rights: frozenset[str] = frozenset()
    sequence_rights: frozenset[str] = frozenset()
    failure: str = ""
