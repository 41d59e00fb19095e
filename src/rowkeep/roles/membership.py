"""Which roles a role can act as, and through which memberships."""

from __future__ import annotations

from collections.abc import Iterable

from rowkeep.domain.roles.role import Membership, RolesOnServer, ServerRole

# Predefined roles whose members can lose or leak data, or leave the database (manual, 22.5 Predefined Roles).
PREDEFINED_DANGEROUS = frozenset(
    {
        "pg_checkpoint",
        "pg_create_subscription",
        "pg_database_owner",
        "pg_execute_server_program",
        "pg_maintain",
        "pg_read_server_files",
        "pg_signal_autovacuum_worker",
        "pg_signal_backend",
        "pg_write_all_data",
        "pg_write_server_files",
    }
)


def reachable_roles(memberships: Iterable[Membership], role: str) -> frozenset[str]:
    """`role` and every role it can act as: by inheritance, by SET ROLE, or by granting roles to itself."""
    known = tuple(memberships)
    reached = {role}
    pending = [role]
    while pending:
        member = pending.pop()
        for membership in known:
            if membership.member != member or membership.role in reached:
                continue
            if _gives_access(membership):
                reached.add(membership.role)
                pending.append(membership.role)
    return frozenset(reached)


def _gives_access(membership: Membership) -> bool:
    return membership.inherit or membership.set or membership.admin


def inherited_roles(memberships: Iterable[Membership], role: str) -> frozenset[str]:
    """`role` and every role whose rights it inherits."""
    return reachable_roles((membership for membership in memberships if membership.inherit), role)


def dangerous_roles(current: RolesOnServer, owners: frozenset[str]) -> frozenset[str]:
    """Roles the bot must not be able to act as: owners, the predefined ones above, and those with attributes."""
    return owners | powerful_roles(current) | PREDEFINED_DANGEROUS


def powerful_roles(current: RolesOnServer) -> frozenset[str]:
    """The roles with an attribute that grants cannot limit."""
    return frozenset(role.name for role in current.roles if dangerous_attributes(role))


def dangerous_attributes(role: ServerRole) -> tuple[str, ...]:
    """The attributes of `role` that grants cannot limit, by their PostgreSQL names."""
    attributes = {
        "SUPERUSER": role.superuser,
        "CREATEDB": role.createdb,
        "CREATEROLE": role.createrole,
        "REPLICATION": role.replication,
        "BYPASSRLS": role.bypassrls,
    }
    return tuple(word for word, has in attributes.items() if has)


def find_bad_memberships(current: RolesOnServer, bot: str, owners: frozenset[str]) -> tuple[Membership, ...]:
    """The bot's own memberships through which it can act as a forbidden role."""
    forbidden = dangerous_roles(current, owners) - {bot}
    return tuple(
        membership
        for membership in current.memberships
        if membership.member == bot
        and _gives_access(membership)
        and reachable_roles(current.memberships, membership.role) & forbidden
    )
