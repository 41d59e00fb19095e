"""Which roles a role can act as, and which memberships lead there."""

from __future__ import annotations

from collections.abc import Iterable

from rowkeep.domain.role import Found, Membership

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


def reached(memberships: Iterable[Membership], role: str) -> frozenset[str]:
    """`role` and every role it can act as: by inheritance, by SET ROLE, or by granting itself what it administers."""
    known = tuple(memberships)
    found = {role}
    border = [role]
    while border:
        member = border.pop()
        for membership in known:
            if membership.member != member or membership.role in found:
                continue
            if membership.inherit or membership.set or membership.admin:
                found.add(membership.role)
                border.append(membership.role)
    return frozenset(found)


def inherited(memberships: Iterable[Membership], role: str) -> frozenset[str]:
    """`role` and every role whose rights it has without asking."""
    return reached((each for each in memberships if each.inherit), role)


def dangerous(found: Found, owners: frozenset[str]) -> frozenset[str]:
    """Roles the bot must not be able to act as: owners, the predefined ones above, and those with attributes."""
    powerful = {
        role.name
        for role in found.roles
        if role.superuser or role.createdb or role.createrole or role.replication or role.bypassrls
    }
    return owners | powerful | PREDEFINED_DANGEROUS


def bad_memberships(found: Found, bot: str, owners: frozenset[str]) -> tuple[Membership, ...]:
    """The bot's own memberships through which it can act as a role that it must not be."""
    forbidden = dangerous(found, owners) - {bot}
    return tuple(
        membership
        for membership in found.memberships
        if membership.member == bot
        and (membership.inherit or membership.set or membership.admin)
        and reached(found.memberships, membership.role) & forbidden
    )
