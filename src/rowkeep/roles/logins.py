"""The roles themselves: they exist, have no excessive attributes, and are not members of dangerous roles."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.roles.role import Membership, RoleChange, RolesOnServer, WantedRoles
from rowkeep.knowledge.forms.keywords import RawSql, fill_template
from rowkeep.roles.membership import dangerous_attributes, find_bad_memberships


def granted_logins(current: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleChange]:
    """Create roles, allow login, set passwords, add the migration role to its owner. Nobody loses rights."""
    yield from _create_login(current, wanted)
    for name in (wanted.bot, wanted.migration):
        role = current.role(name)
        if role is not None and not role.login:
            yield RoleChange(
                f"{name} must be able to log in.", (fill_template("ALTER ROLE {role} LOGIN;", role=name),)
            )
    yield from _secrets(current, wanted)
    yield from _ownership_by_membership(current, wanted)


def revoked_logins(current: RolesOnServer, wanted: WantedRoles, owners: frozenset[str]) -> Iterator[RoleChange]:
    """Remove attributes and memberships of the bot that grants cannot limit."""
    yield from _weaken(current, wanted)
    for membership in find_bad_memberships(current, wanted.bot, owners):
        yield RoleChange(
            f"As a member of {membership.role}, {wanted.bot} can act with rights that an application must not have.",
            (_leaving(current, membership),),
            takes_from=(wanted.bot,),
            takes=f"its membership in {membership.role}, and every right it has through that",
        )


def _create_login(current: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleChange]:
    if wanted.owner != wanted.migration and current.role(wanted.owner) is None:
        yield RoleChange(
            f"{wanted.owner} owns the structure. Nobody logs in as it.",
            (fill_template("CREATE ROLE {role} NOLOGIN;", role=wanted.owner),),
        )
    if current.role(wanted.migration) is None:
        separate = wanted.owner != wanted.migration
        yield RoleChange(
            f"{wanted.migration} is the role that migrations run as.",
            (
                fill_template(
                    "CREATE ROLE {role} LOGIN NOINHERIT;" if separate else "CREATE ROLE {role} LOGIN;",
                    role=wanted.migration,
                ),
            ),
        )
    if current.role(wanted.bot) is None:
        yield RoleChange(
            f"{wanted.bot} is the role the application connects as.",
            (fill_template("CREATE ROLE {role} LOGIN;", role=wanted.bot),),
        )


def _weaken(current: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleChange]:
    bot = current.role(wanted.bot)
    excess = dangerous_attributes(bot) if bot is not None else ()
    if excess:
        yield RoleChange(
            f"{wanted.bot} has {', '.join(excess)}, which grants cannot limit.",
            (
                fill_template(
                    "ALTER ROLE {role} {attributes};",
                    role=wanted.bot,
                    attributes=RawSql(" ".join(f"NO{word}" for word in excess)),
                ),
            ),
            takes_from=(wanted.bot,),
            takes=f"the attributes {', '.join(excess)}, in every database of this server",
        )


def _secrets(current: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleChange]:
    for role, source in wanted.secrets:
        bare = current.with_password is not None and role not in current.with_password
        if wanted.all_secrets or current.role(role) is None or bare:
            yield RoleChange(
                f"{role} gets its password from {source}. Only the SCRAM verifier, computed here, reaches the server.",
                (fill_template("ALTER ROLE {role} PASSWORD '<verifier>';", role=role),),
                secret=role,
            )


def _ownership_by_membership(current: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleChange]:
    if wanted.owner == wanted.migration:
        return
    is_member = any(
        membership.role == wanted.owner and membership.member == wanted.migration and membership.set
        for membership in current.memberships
    )
    if not is_member:
        options = " WITH INHERIT FALSE, SET TRUE" if current.major >= 16 else ""
        yield RoleChange(
            f"{wanted.migration} may become {wanted.owner}.",
            (
                fill_template(
                    "GRANT {owner} TO {migration}{options};",
                    owner=wanted.owner,
                    migration=wanted.migration,
                    options=RawSql(options),
                ),
            ),
        )
    role = current.role(wanted.migration)
    if role is None or f"role={wanted.owner}" not in role.settings:
        yield RoleChange(
            f"Objects that {wanted.migration} creates automatically belong to {wanted.owner}.",
            (
                fill_template(
                    "ALTER ROLE {migration} IN DATABASE {database} SET role = {owner};",
                    migration=wanted.migration,
                    database=RawSql(current.database.identity),
                    owner=wanted.owner,
                ),
            ),
        )


def _leaving(current: RolesOnServer, membership: Membership) -> str:
    # Since 16 a membership can be granted more than once; the grantor names the one to revoke.
    grantor = fill_template(" GRANTED BY {grantor}", grantor=membership.grantor) if current.major >= 16 else ""
    return fill_template(
        "REVOKE {role} FROM {member}{grantor};",
        role=membership.role,
        member=membership.member,
        grantor=RawSql(grantor),
    )
