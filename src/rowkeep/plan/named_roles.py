"""The roles that migrations mention, so that a scratch server can have them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rowkeep.domain.operation import ChangeOwner, Grant, GrantRole, Name, Operation, Policy, Role
from rowkeep.domain.statement import Statement

RESERVED = frozenset({"public", "current_user", "session_user", "current_role", "none", "postgres"})


def find_named_roles(statements: Iterable[Statement]) -> tuple[str, ...]:
    """Their names, in order; PostgreSQL's own left out."""
    found = {role.name for statement in statements for operation in statement.operations for role in _roles(operation)}
    return tuple(sorted(name for name in found if not _is_reserved(name)))


def _is_reserved(name: str) -> bool:
    return not name or name in RESERVED or name.startswith(("pg_", "…"))


def _roles(operation: Operation) -> Iterator[Name]:
    match operation:
        case Grant(to=to):
            yield from to
        case GrantRole(roles=roles, to=to):
            yield from (*roles, *to)
        case Policy(roles=roles):
            yield from roles
        case ChangeOwner(role=role) | Role(role=role):
            yield role
