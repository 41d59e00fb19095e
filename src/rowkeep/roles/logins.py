"""The roles themselves: they exist, have no attribute too many, and are members of nothing dangerous."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.roles.role import Membership, RoleChange, RolesOnServer, WantedRoles
from rowkeep.knowledge.forms.keywords import RawSql, fill_template
from rowkeep.roles.membership import dangerous_attributes, find_bad_memberships


def granted_logins(found: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleChange]:
    """Create, let log in, give passwords, and connect the migration role with its owner: nobody loses by it."""
    yield from _create_login(found, wanted)
    for name in (wanted.bot, wanted.migration):
        role = found.role(name)
        if role is not None and not role.login:
            yield RoleChange(
                f"{name} must be able to log in.", (fill_template("ALTER ROLE {role} LOGIN;", role=name),)
            )
    yield from _secrets(found, wanted)
    yield from _ownership_by_membership(found, wanted)


def revoked_logins(found: RolesOnServer, wanted: WantedRoles, owners: frozenset[str]) -> Iterator[RoleChange]:
    """Free the bot of attributes and of memberships that no grant can bind."""
    yield from _weaken(found, wanted)
    for membership in find_bad_memberships(found, wanted.bot, owners):
        yield RoleChange(
            f"As a member of {membership.role}, {wanted.bot} can act with rights that an application must not have.",
            (_leaving(found, membership),),
            takes_from=(wanted.bot,),
            takes=f"its membership in {membership.role}, and every right it has by that",
        )


def _create_login(found: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleChange]:
    if wanted.owner != wanted.migration and found.role(wanted.owner) is None:
        yield RoleChange(
            f"{wanted.owner} owns the structure. Nobody logs in as it.",
            (fill_template("CREATE ROLE {role} NOLOGIN;", role=wanted.owner),),
        )
    if found.role(wanted.migration) is None:
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
    if found.role(wanted.bot) is None:
        yield RoleChange(
            f"{wanted.bot} is the role the application connects as.",
            (fill_template("CREATE ROLE {role} LOGIN;", role=wanted.bot),),
        )


def _weaken(found: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleChange]:
    bot = found.role(wanted.bot)
    excess = dangerous_attributes(bot) if bot is not None else ()
    if excess:
        yield RoleChange(
            f"{wanted.bot} has {', '.join(excess)}: with that no grant can bind it.",
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


def _secrets(found: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleChange]:
    for role, source in wanted.secrets:
        bare = found.with_password is not None and role not in found.with_password
        if wanted.all_secrets or found.role(role) is None or bare:
            yield RoleChange(
                f"{role} gets its password from {source}. Only the SCRAM verifier, computed here, reaches the server.",
                (fill_template("ALTER ROLE {role} PASSWORD '<verifier>';", role=role),),
                secret=role,
            )


def _ownership_by_membership(found: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleChange]:
    if wanted.owner == wanted.migration:
        return
    held = any(
        each.role == wanted.owner and each.member == wanted.migration and each.set for each in found.memberships
    )
    if not held:
        options = " WITH INHERIT FALSE, SET TRUE" if found.major >= 16 else ""
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
    role = found.role(wanted.migration)
    if role is None or f"role={wanted.owner}" not in role.settings:
        yield RoleChange(
            f"What {wanted.migration} makes belongs to {wanted.owner}, without anybody thinking of it.",
            (
                fill_template(
                    "ALTER ROLE {migration} IN DATABASE {database} SET role = {owner};",
                    migration=wanted.migration,
                    database=RawSql(found.database.identity),
                    owner=wanted.owner,
                ),
            ),
        )


def _leaving(found: RolesOnServer, membership: Membership) -> str:
    # From 16 on a membership can be granted more than once; the one to revoke is named by its grantor.
    grantor = fill_template(" GRANTED BY {grantor}", grantor=membership.grantor) if found.major >= 16 else ""
    return fill_template(
        "REVOKE {role} FROM {member}{grantor};",
        role=membership.role,
        member=membership.member,
        grantor=RawSql(grantor),
    )
