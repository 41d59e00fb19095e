"""The roles themselves: they exist, have no attribute too many, and are members of nothing dangerous."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.role import Change, Found, Membership, Wanted
from rowkeep.knowledge.keywords import Written, fill
from rowkeep.roles.reach import attributes, bad_memberships


def gives(found: Found, wanted: Wanted) -> Iterator[Change]:
    """Create, let log in, give passwords, and connect the migration role with its owner: nobody loses by it."""
    yield from _created(found, wanted)
    for name in (wanted.bot, wanted.migration):
        role = found.role(name)
        if role is not None and not role.login:
            yield Change(f"{name} must be able to log in.", (fill("ALTER ROLE {role} LOGIN;", role=name),))
    yield from _secrets(found, wanted)
    yield from _ownership_by_membership(found, wanted)


def takes(found: Found, wanted: Wanted, owners: frozenset[str]) -> Iterator[Change]:
    """Free the bot of attributes and of memberships that no grant can bind."""
    yield from _weakened(found, wanted)
    for membership in bad_memberships(found, wanted.bot, owners):
        yield Change(
            f"As a member of {membership.role}, {wanted.bot} can act with rights that an application must not have.",
            (_leaving(found, membership),),
            takes_from=(wanted.bot,),
            takes=f"its membership in {membership.role}, and every right it has by that",
        )


def _created(found: Found, wanted: Wanted) -> Iterator[Change]:
    if wanted.owner != wanted.migration and found.role(wanted.owner) is None:
        yield Change(
            f"{wanted.owner} owns the structure. Nobody logs in as it.",
            (fill("CREATE ROLE {role} NOLOGIN;", role=wanted.owner),),
        )
    if found.role(wanted.migration) is None:
        separate = wanted.owner != wanted.migration
        yield Change(
            f"{wanted.migration} is the role that migrations run as.",
            (
                fill(
                    "CREATE ROLE {role} LOGIN NOINHERIT;" if separate else "CREATE ROLE {role} LOGIN;",
                    role=wanted.migration,
                ),
            ),
        )
    if found.role(wanted.bot) is None:
        yield Change(
            f"{wanted.bot} is the role the application connects as.",
            (fill("CREATE ROLE {role} LOGIN;", role=wanted.bot),),
        )


def _weakened(found: Found, wanted: Wanted) -> Iterator[Change]:
    bot = found.role(wanted.bot)
    excess = attributes(bot) if bot is not None else ()
    if excess:
        yield Change(
            f"{wanted.bot} has {', '.join(excess)}: with that no grant can bind it.",
            (
                fill(
                    "ALTER ROLE {role} {attributes};",
                    role=wanted.bot,
                    attributes=Written(" ".join(f"NO{word}" for word in excess)),
                ),
            ),
            takes_from=(wanted.bot,),
            takes=f"the attributes {', '.join(excess)}, in every database of this server",
        )


def _secrets(found: Found, wanted: Wanted) -> Iterator[Change]:
    for role, source in wanted.secrets:
        bare = found.with_password is not None and role not in found.with_password
        if wanted.all_secrets or found.role(role) is None or bare:
            yield Change(
                f"{role} gets its password from {source}. Only the SCRAM verifier, computed here, reaches the server.",
                (fill("ALTER ROLE {role} PASSWORD '<verifier>';", role=role),),
                secret=role,
            )


def _ownership_by_membership(found: Found, wanted: Wanted) -> Iterator[Change]:
    if wanted.owner == wanted.migration:
        return
    held = any(
        each.role == wanted.owner and each.member == wanted.migration and each.set for each in found.memberships
    )
    if not held:
        options = " WITH INHERIT FALSE, SET TRUE" if found.major >= 16 else ""
        yield Change(
            f"{wanted.migration} may become {wanted.owner}.",
            (
                fill(
                    "GRANT {owner} TO {migration}{options};",
                    owner=wanted.owner,
                    migration=wanted.migration,
                    options=Written(options),
                ),
            ),
        )
    role = found.role(wanted.migration)
    if role is None or f"role={wanted.owner}" not in role.settings:
        yield Change(
            f"What {wanted.migration} makes belongs to {wanted.owner}, without anybody thinking of it.",
            (
                fill(
                    "ALTER ROLE {migration} IN DATABASE {database} SET role = {owner};",
                    migration=wanted.migration,
                    database=Written(found.database.identity),
                    owner=wanted.owner,
                ),
            ),
        )


def _leaving(found: Found, membership: Membership) -> str:
    # From 16 on a membership can be granted more than once; the one to revoke is named by its grantor.
    grantor = fill(" GRANTED BY {grantor}", grantor=membership.grantor) if found.major >= 16 else ""
    return fill(
        "REVOKE {role} FROM {member}{grantor};",
        role=membership.role,
        member=membership.member,
        grantor=Written(grantor),
    )
