"""Operations on roles and rights."""

from __future__ import annotations

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.operation.base import Name, Operation
from rowkeep.domain.operation.object import ObjectKind


@dataclass(frozen=True, slots=True)
class Grant(Operation):
    """GRANT or REVOKE (is_grant False) of rights on objects. privileges: in upper case, `ALL` for all of them.

    objects: those named; all_in_schema: `objects` are schemas and every object of `kind` in them is meant.
    to: roles; PUBLIC is the name `public`. is_default: ALTER DEFAULT PRIVILEGES.
    """

    is_grant: bool
    privileges: tuple[str, ...]
    kind: ObjectKind
    objects: tuple[Name, ...]
    to: tuple[Name, ...]
    grant_option: bool = False
    all_in_schema: bool = False
    is_default: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class GrantRole(Operation):
    """GRANT or REVOKE (is_grant False) of membership in `roles`."""

    is_grant: bool
    roles: tuple[Name, ...]
    to: tuple[Name, ...]
    admin_option: bool = False


@dataclass(frozen=True, slots=True)
class Role(Operation):
    """CREATE ROLE or ALTER ROLE (is_new False). options: (`superuser`, `true`), (`password`, `plain`) …

    A password's value is not kept: `plain` or `hashed` stands for it, '' for PASSWORD NULL.

    setting: the variable of ALTER ROLE … SET (`all` for RESET ALL); value: what it is set to, '' for RESET.
    """

    role: Name
    is_new: bool
    options: tuple[tuple[str, str], ...] = ()
    setting: str = ""
    value: str = ""
