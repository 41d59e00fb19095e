"""What a database is used for: the mark stored in it, and what it counts as."""

from __future__ import annotations

from datetime import datetime

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass


class EnvironmentKind(Enum):
    """What a database is used for. Dangerous commands require more confirmation in production."""

    PRODUCTION = "production"
    STAGING = "staging"
    DEVELOPMENT = "development"


UNKNOWN_SYSTEM = "this role may not call pg_control_system(), which says which server this is"

GRANT = "GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_system() TO ROLE;   (as a superuser, in this database)"
"""The grant that lets a role identify the server if EXECUTE was revoked from PUBLIC."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which database this is. system: the cluster's `system_identifier`; a restored copy has another one.

    system is empty if the role may not read it. Then a database with the same name and oid on another server looks the
    same, so it is treated as a different database.
    """

    database: str
    oid: int
    system: str


@dataclass(frozen=True, slots=True)
class EnvironmentMark:
    """A stored mark. identity: of the database it was written for."""

    kind: EnvironmentKind
    identity: Identity
    at: datetime
    role: str
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    """What a database counts as. mark: the newest, None if there is none. why: the reason for `kind`."""

    identity: Identity
    kind: EnvironmentKind
    why: str
    mark: EnvironmentMark | None = None


def resolve_environment(
    identity: Identity, mark: EnvironmentMark | None, development: str | None = None
) -> Environment:
    """Return what the database counts as: its mark if that was written for this very database, else production.

    development: why a database without a mark counts as development; None if nothing says so.
    """
    if mark is None and development is not None:
        return Environment(identity, EnvironmentKind.DEVELOPMENT, development)
    if mark is None:
        return Environment(identity, EnvironmentKind.PRODUCTION, "it has no mark")
    if not identity.system:
        why = f"its mark ({mark.kind.value}) cannot be checked: {UNKNOWN_SYSTEM}"
        return Environment(identity, EnvironmentKind.PRODUCTION, why, mark)
    if not mark.identity.system:
        why = f"its mark ({mark.kind.value}) does not say which server it was made on"
        return Environment(identity, EnvironmentKind.PRODUCTION, why, mark)
    if mark.identity != identity:
        why = f"its mark ({mark.kind.value}) was written for another database ({mark.identity.database})"
        if mark.identity.database == identity.database:
            why = f"its mark ({mark.kind.value}) was copied from a database of the same name on another server"
        return Environment(identity, EnvironmentKind.PRODUCTION, why, mark)
    return Environment(identity, mark.kind, f"marked by {mark.role} on {mark.at:%Y-%m-%d}", mark)
