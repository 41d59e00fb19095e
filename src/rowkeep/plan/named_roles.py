"""The roles that migrations speak of, so that a scratch server can have them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rowkeep.domain.act import Act, ChangeOwner, Grant, GrantRole, Name, Policy, Role
from rowkeep.domain.statement import Statement

RESERVED = frozenset({"public", "current_user", "session_user", "current_role", "none", "postgres"})


def named_roles(statements: Iterable[Statement]) -> tuple[str, ...]:
    """Their names, in order; PostgreSQL's own left out."""
    found = {role.name for statement in statements for act in statement.acts for role in _roles(act)}
    return tuple(sorted(name for name in found if not _reserved(name)))


def _reserved(name: str) -> bool:
    return not name or name in RESERVED or name.startswith(("pg_", "…"))


def _roles(act: Act) -> Iterator[Name]:
    match act:
        case Grant(to=to):
            yield from to
        case GrantRole(roles=roles, to=to):
            yield from (*roles, *to)
        case Policy(roles=roles):
            yield from roles
        case ChangeOwner(role=role) | Role(role=role):
            yield role
