"""Which roles a role can act as, and which memberships lead there."""

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
    """`role` and every role it can act as: by inheritance, by SET ROLE, or by granting itself what it administers."""
    known = tuple(memberships)
    found = {role}
    border = [role]
    while border:
        member = border.pop()
        for membership in known:
            if membership.member != member or membership.role in found:
                continue
            if _leads(membership):
                found.add(membership.role)
                border.append(membership.role)
    return frozenset(found)


def _leads(membership: Membership) -> bool:
    return membership.inherit or membership.set or membership.admin


def inherited_roles(memberships: Iterable[Membership], role: str) -> frozenset[str]:
    """`role` and every role whose rights it has without asking."""
    return reachable_roles((each for each in memberships if each.inherit), role)


def dangerous_roles(found: RolesOnServer, owners: frozenset[str]) -> frozenset[str]:
    """Roles the bot must not be able to act as: owners, the predefined ones above, and those with attributes."""
    return owners | powerful_roles(found) | PREDEFINED_DANGEROUS


def powerful_roles(found: RolesOnServer) -> frozenset[str]:
    """The roles with an attribute that reaches beyond any grant."""
    return frozenset(role.name for role in found.roles if dangerous_attributes(role))


def dangerous_attributes(role: ServerRole) -> tuple[str, ...]:
    """The attributes of `role` that reach beyond any grant, by PostgreSQL's own words."""
    held = {
        "SUPERUSER": role.superuser,
        "CREATEDB": role.createdb,
        "CREATEROLE": role.createrole,
        "REPLICATION": role.replication,
        "BYPASSRLS": role.bypassrls,
    }
    return tuple(word for word, has in held.items() if has)


def find_bad_memberships(found: RolesOnServer, bot: str, owners: frozenset[str]) -> tuple[Membership, ...]:
    """The bot's own memberships through which it can act as a role that it must not be."""
    forbidden = dangerous_roles(found, owners) - {bot}
    return tuple(
        membership
        for membership in found.memberships
        if membership.member == bot
        and _leads(membership)
        and reachable_roles(found.memberships, membership.role) & forbidden
    )
