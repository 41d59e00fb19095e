"""Operations on the session, the transaction and the server."""

from __future__ import annotations

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.operation.base import Operation


@dataclass(frozen=True, slots=True)
class Transaction(Operation):
    """Transaction control. action: BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, ROLLBACK TO, PREPARE,
    COMMIT PREPARED, ROLLBACK PREPARED; chain: AND CHAIN."""

    action: str
    name: str = ""
    chain: bool = False


@dataclass(frozen=True, slots=True)
class SetVariable(Operation):
    """SET, RESET (value None) and set_config(). name: in lower case, `all` for RESET ALL. is_local: SET LOCAL."""

    name: str
    value: str | None
    is_local: bool = False


@dataclass(frozen=True, slots=True)
class AlterSystem(Operation):
    """ALTER SYSTEM: a setting of the whole server. value None for RESET."""

    name: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Harmless(Operation):
    """A statement that changes nothing that lasts: SHOW, LISTEN, NOTIFY, CHECKPOINT, DISCARD, DECLARE CURSOR …"""

    node: str
