"""Wanted and found -> the statements between them, in order, for one transaction; none when all is as wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rowkeep.domain.count import count_text, plural_form
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.roles.role import RoleChange, RolesOnServer, RolesPlan, WantedRoles
from rowkeep.errors import Misused, Refused
from rowkeep.knowledge.forms.keywords import RawSql, fill_template
from rowkeep.roles import excess, handover, logins, ownership, privileges
from rowkeep.roles.membership import inherited_roles


def usual_schemas(found: RolesOnServer) -> tuple[str, ...]:
    """Where the bot works if nobody says otherwise: not in our ledger, among retired tables, and in extensions."""
    others = (ownership.LEDGER, ownership.RETIRED)
    present = tuple(each.schema for each in found.schemas if not each.extension and each.schema not in others)
    return present or ("public",)


def make_roles_plan(found: RolesOnServer, wanted: WantedRoles) -> RolesPlan:
    """The plan. Raises Misused for names that contradict each other, Refused for a bot that cannot be bound."""
    _sensible(found, wanted)
    owners = frozenset({wanted.owner, wanted.migration, *(each.owner for each in found.relations)}) - {wanted.bot}
    kept = privileges.remaining_roles(found, wanted, owners)
    can = _acts_as(found, wanted)
    # An owner's own rights leave with the ownership: what the bot owns now it is given after it has lost it.
    of_bot = tuple(each for each in found.relations if each.owner == wanted.bot)
    of_others = tuple(each for each in found.relations if each.owner != wanted.bot)
    gives = (
        *logins.granted_logins(found, wanted),
        *privileges.database_grants(found, wanted, of_bot=False),
        *privileges.schema_grants(found, wanted, kept, can, of_bot=False),
        *privileges.relation_grants(replace(found, relations=of_others), wanted, kept),
        *privileges.on_future(found, wanted, kept, (wanted.owner, *_still_creating(found, wanted))),
    )
    database = () if ownership.stays_with_its_owner(found, wanted) else (found.database,)
    # A new owner must be able to create where it is to own: so the outer object comes before the inner one.
    takes = (
        *logins.revoked_logins(found, wanted, owners),
        *ownership.containers(database, found, wanted),
        *privileges.database_grants(found, wanted, of_bot=True),
        *ownership.containers(found.schemas, found, wanted),
        *privileges.schema_grants(found, wanted, kept, can, of_bot=True),
        *ownership.ledger(found, wanted),
        *ownership.contents(found, wanted),
        *privileges.relation_grants(replace(found, relations=of_bot), wanted, kept),
        *excess.revoke_changes(found, wanted, can),
    )
    losses = handover.find_rights_losses(found, wanted, takes)
    return RolesPlan(
        wanted=wanted,
        database=found.database.identity,
        version_num=found.version_num,
        gives=_borrow_memberships(found, wanted, gives),
        takes=_borrow_memberships(found, wanted, takes),
        remarks=tuple(_remarks(found, wanted, can)),
        losses=losses,
        steps=handover.steps(found, wanted, gives, takes, losses),
        without_password=handover.without_password(found, wanted, gives),
    )


def _acts_as(found: RolesOnServer, wanted: WantedRoles) -> frozenset[str] | None:
    """The roles that who asks can act as, with what the plan lends it; None for a superuser."""
    me = found.role(found.me)
    if me is None or me.superuser:
        return None
    goes, _ = ownership.find_movable(found, wanted)
    roles = inherited_roles(found.memberships, found.me) | {wanted.owner, *(each.owner for each in goes)}
    return roles | ({"pg_database_owner"} if found.database.owner in roles else frozenset())


def _still_creating(found: RolesOnServer, wanted: WantedRoles) -> tuple[str, ...]:
    """Who makes tables until the structure is handed over: the bot must be able to use these, too."""
    goes, _ = ownership.find_movable(found, wanted)
    superusers = {role.name for role in found.roles if role.superuser}
    owners = {each.owner for each in goes if each.schema in wanted.schemas}
    return tuple(sorted(owners & ownership.former(found, wanted) - superusers - {wanted.bot, wanted.owner}))


def _sensible(found: RolesOnServer, wanted: WantedRoles) -> None:
    if wanted.bot in (wanted.migration, wanted.owner):
        raise Misused(
            f"the bot and the migration role are both {wanted.bot!r}",
            code=ErrorCode.ROLES_NOT_POSSIBLE,
            why="the point of two roles is that the application cannot change the structure",
            instead=("rowkeep roles plan --bot NAME --migration ANOTHER",),
        )
    bot = found.role(wanted.bot)
    if bot is not None and (bot.bootstrap or bot.name == found.me):
        raise Refused(
            f"the role {wanted.bot!r} cannot be used as the bot",
            code=ErrorCode.ROLES_NOT_POSSIBLE,
            why="it is the superuser this server was made with, and PostgreSQL never takes rights away from it"
            if bot.bootstrap
            else "it is the role this connection uses; a role cannot revoke its own rights and continue",
            instead=("rowkeep roles plan --bot NAME   (a role of its own for the application)",),
        )
    unknown = sorted(wanted.deletable - {each.identity for each in found.relations})
    if unknown:
        raise Misused(
            f"no such table: {', '.join(unknown)}",
            code=ErrorCode.TABLE_NOT_FOUND,
            why="--may-delete takes tables with their schema, as PostgreSQL writes them",
            instead=("rowkeep roles plan --may-delete public.carts",),
        )


def _borrow_memberships(
    found: RolesOnServer, wanted: WantedRoles, changes: tuple[RoleChange, ...]
) -> tuple[RoleChange, ...]:
    """The same changes, with the memberships around them that a role without superuser rights needs meanwhile."""
    me = found.role(found.me)
    if not changes or me is None or me.superuser:
        return changes
    goes, _ = ownership.find_movable(found, wanted)
    roles = {wanted.owner, *(each.owner for each in goes), *excess.creators(found, wanted)}
    lacking = sorted(roles - inherited_roles(found.memberships, found.me))
    if not lacking:
        return changes
    options = RawSql(" WITH INHERIT TRUE, SET TRUE" if found.major >= 16 else "")
    created = sum(1 for change in changes if change.statements[0].startswith("CREATE ROLE"))
    borrow = RoleChange(
        f"{found.me} is no superuser and acts for these roles until the end of the transaction.",
        tuple(fill_template("GRANT {role} TO CURRENT_USER{options};", role=role, options=options) for role in lacking),
    )
    back = RoleChange(
        f"{found.me} gives that back.",
        tuple(fill_template("REVOKE {role} FROM CURRENT_USER;", role=role) for role in lacking),
    )
    return (*changes[:created], borrow, *changes[created:], back)


def _remarks(found: RolesOnServer, wanted: WantedRoles, can: frozenset[str] | None) -> Iterator[str]:
    _, stays = ownership.find_movable(found, wanted)
    for owner in sorted({each.owner for each in stays}):
        theirs = [each for each in stays if each.owner == owner]
        yield (
            f"{count_text(len(theirs), 'object belongs', 'objects belong')} to {owner} and "
            f"{plural_form(len(theirs), 'stays', 'stay')} there ({theirs[0].identity}, …): {wanted.owner} cannot "
            f"ALTER them, and tables that {owner} makes give {wanted.bot} nothing. If {owner} is meant to own the "
            f"structure, pass --owner {owner}."
        )
    by_column = [each.identity for each in found.relations if "UPDATE" in each.by_column - each.able]
    if by_column:
        yield f"{wanted.bot} may update some columns only in {', '.join(by_column)}: left as it is."
    migration = found.role(wanted.migration)
    if migration is not None and migration.superuser:
        yield f"{wanted.migration} is a superuser: it can do everything anyway, to the whole cluster."
    me = found.role(found.me)
    if me is not None and not me.superuser and not me.createrole:
        yield f"{found.me} is neither superuser nor has CREATEROLE: `rowkeep roles apply` needs a role that is."
    if ownership.stays_with_its_owner(found, wanted):
        text = fill_template("ALTER DATABASE {d} OWNER TO {o};", d=RawSql(found.database.identity), o=wanted.owner)
        yield (
            f"The database itself stays with {found.database.owner}, who can drop it: only a superuser, or its owner "
            f"with CREATEDB, can give it away: {text}"
        )
    for statement in excess.beyond_declared(found, wanted, can):
        yield f"{found.me} may not do this, and its owner or a superuser should: {statement}"
    for name in (wanted.bot, wanted.migration):
        bare = found.with_password is not None and name not in found.with_password
        if (found.role(name) is None or bare) and name not in {role for role, _ in wanted.secrets}:
            yield (
                f"{name} has no password: unless pg_hba.conf lets it in by other means, nobody can log in as it. Give "
                "it one with ROWKEEP_BOT_PASSWORD and ROWKEEP_MIGRATION_PASSWORD in the environment, or "
                "--ask-passwords."
            )
