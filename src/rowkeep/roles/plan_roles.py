"""Target and current roles -> the statements in between, in order, for one transaction. None if nothing differs."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.count import count_text, plural_form
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import replace
from rowkeep.domain.roles.role import RoleChange, RolesOnServer, RolesPlan, WantedRoles
from rowkeep.errors import Misused, Refused
from rowkeep.knowledge.forms.keywords import RawSql, fill_template
from rowkeep.roles import excess, handover, logins, ownership, privileges
from rowkeep.roles.membership import inherited_roles


def default_schemas(current: RolesOnServer) -> tuple[str, ...]:
    """The default schemas of the bot: all except our ledger, retired tables, and extensions."""
    others = (ownership.LEDGER, ownership.RETIRED)
    present = tuple(each.schema for each in current.schemas if not each.extension and each.schema not in others)
    return present or ("public",)


def make_roles_plan(current: RolesOnServer, wanted: WantedRoles) -> RolesPlan:
    """The plan. Raises Misused for contradictory names, Refused for a bot whose rights cannot be limited."""
    _check_names(current, wanted)
    owners = frozenset({wanted.owner, wanted.migration, *(relation.owner for relation in current.relations)}) - {
        wanted.bot
    }
    kept = privileges.remaining_roles(current, wanted, owners)
    can = _acts_as(current, wanted)
    # The rights of an owner end with its ownership, so grants on what the bot owns now come after that.
    of_bot = tuple(relation for relation in current.relations if relation.owner == wanted.bot)
    of_others = tuple(relation for relation in current.relations if relation.owner != wanted.bot)
    gives = (
        *logins.granted_logins(current, wanted),
        *privileges.database_grants(current, wanted, of_bot=False),
        *privileges.schema_grants(current, wanted, kept, can, of_bot=False),
        *privileges.relation_grants(replace(current, relations=of_others), wanted, kept),
        *privileges.default_privilege_grants(
            current, wanted, kept, (wanted.owner, *_current_creators(current, wanted))
        ),
    )
    database = () if ownership.database_stays(current, wanted) else (current.database,)
    # A new owner needs CREATE in the container, so outer objects come before inner ones.
    takes = (
        *logins.revoked_logins(current, wanted, owners),
        *ownership.move_containers(database, current, wanted),
        *privileges.database_grants(current, wanted, of_bot=True),
        *ownership.move_containers(current.schemas, current, wanted),
        *privileges.schema_grants(current, wanted, kept, can, of_bot=True),
        *ownership.move_ledger(current, wanted),
        *ownership.move_contents(current, wanted),
        *privileges.relation_grants(replace(current, relations=of_bot), wanted, kept),
        *excess.revoke_changes(current, wanted, can),
    )
    losses = handover.find_rights_losses(current, wanted, takes)
    return RolesPlan(
        wanted=wanted,
        database=current.database.identity,
        version_num=current.version_num,
        gives=_borrow_memberships(current, wanted, gives),
        takes=_borrow_memberships(current, wanted, takes),
        remarks=tuple(_remarks(current, wanted, can)),
        losses=losses,
        steps=handover.steps(current, wanted, gives, takes, losses),
        without_password=handover.without_password(current, wanted, gives),
    )


def _acts_as(current: RolesOnServer, wanted: WantedRoles) -> frozenset[str] | None:
    """The roles that the connected role can act as, including borrowed memberships; None for a superuser."""
    me = current.role(current.me)
    if me is None or me.superuser:
        return None
    moved, _ = ownership.find_movable(current, wanted)
    roles = inherited_roles(current.memberships, current.me) | {wanted.owner, *(goe.owner for goe in moved)}
    return roles | ({"pg_database_owner"} if current.database.owner in roles else frozenset())


def _current_creators(current: RolesOnServer, wanted: WantedRoles) -> tuple[str, ...]:
    """Roles that create tables until the handover is complete. The bot must be able to use these tables, too."""
    moved, _ = ownership.find_movable(current, wanted)
    superusers = {role.name for role in current.roles if role.superuser}
    owners = {goe.owner for goe in moved if goe.schema in wanted.schemas}
    return tuple(sorted(owners & ownership.former_owners(current, wanted) - superusers - {wanted.bot, wanted.owner}))


def _check_names(current: RolesOnServer, wanted: WantedRoles) -> None:
    if wanted.bot in (wanted.migration, wanted.owner):
        raise Misused(
            f"the bot and the migration role are both {wanted.bot!r}",
            code=ErrorCode.ROLES_NOT_POSSIBLE,
            why="the point of two roles is that the application cannot change the structure",
            instead=("rowkeep roles plan --bot NAME --migration ANOTHER",),
        )
    bot = current.role(wanted.bot)
    if bot is not None and (bot.bootstrap or bot.name == current.me):
        raise Refused(
            f"the role {wanted.bot!r} cannot be used as the bot",
            code=ErrorCode.ROLES_NOT_POSSIBLE,
            why="it is the bootstrap superuser of this server, which PostgreSQL never limits"
            if bot.bootstrap
            else "it is the role this connection uses; a role cannot revoke its own rights and continue",
            instead=("rowkeep roles plan --bot NAME   (a separate role for the application)",),
        )
    unknown = sorted(wanted.deletable - {relation.identity for relation in current.relations})
    if unknown:
        raise Misused(
            f"no such table: {', '.join(unknown)}",
            code=ErrorCode.TABLE_NOT_FOUND,
            why="--may-delete takes tables with their schema, as PostgreSQL writes them",
            instead=("rowkeep roles plan --may-delete public.carts",),
        )


def _borrow_memberships(
    current: RolesOnServer, wanted: WantedRoles, changes: tuple[RoleChange, ...]
) -> tuple[RoleChange, ...]:
    """The same changes, surrounded by the memberships that a role without superuser rights needs temporarily."""
    me = current.role(current.me)
    if not changes or me is None or me.superuser:
        return changes
    moved, _ = ownership.find_movable(current, wanted)
    roles = {wanted.owner, *(goe.owner for goe in moved), *excess.find_creators(current, wanted)}
    borrowed = sorted(roles - inherited_roles(current.memberships, current.me))
    if not borrowed:
        return changes
    options = RawSql(" WITH INHERIT TRUE, SET TRUE" if current.major >= 16 else "")
    created = sum(1 for change in changes if change.statements[0].startswith("CREATE ROLE"))
    borrow = RoleChange(
        f"{current.me} is not a superuser, so it becomes a member of these roles until the end of the transaction.",
        tuple(
            fill_template("GRANT {role} TO CURRENT_USER{options};", role=role, options=options) for role in borrowed
        ),
    )
    back = RoleChange(
        f"{current.me} gives these memberships back.",
        tuple(fill_template("REVOKE {role} FROM CURRENT_USER;", role=role) for role in borrowed),
    )
    return (*changes[:created], borrow, *changes[created:], back)


def _remarks(current: RolesOnServer, wanted: WantedRoles, can: frozenset[str] | None) -> Iterator[str]:
    _, kept_objects = ownership.find_movable(current, wanted)
    for owner in sorted({stay.owner for stay in kept_objects}):
        theirs = [stay for stay in kept_objects if stay.owner == owner]
        yield (
            f"{count_text(len(theirs), 'object belongs', 'objects belong')} to {owner} and "
            f"{plural_form(len(theirs), 'stays', 'stay')} there ({theirs[0].identity}, …): {wanted.owner} cannot "
            f"ALTER them, and {wanted.bot} gets no rights on tables that {owner} creates. If {owner} should own the "
            f"structure, pass --owner {owner}."
        )
    by_column = [relation.identity for relation in current.relations if "UPDATE" in relation.by_column - relation.able]
    if by_column:
        yield f"{wanted.bot} may update only some columns in {', '.join(by_column)}: not changed."
    migration = current.role(wanted.migration)
    if migration is not None and migration.superuser:
        yield f"{wanted.migration} is a superuser: it can do everything in the whole cluster anyway."
    me = current.role(current.me)
    if me is not None and not me.superuser and not me.createrole:
        yield f"{current.me} is not a superuser and has no CREATEROLE: `rowkeep roles apply` needs one of them."
    if ownership.database_stays(current, wanted):
        text = fill_template("ALTER DATABASE {d} OWNER TO {o};", d=RawSql(current.database.identity), o=wanted.owner)
        yield (
            f"The database itself stays with {current.database.owner}, who can drop it: only a superuser, or its "
            f"owner with CREATEDB, can change that: {text}"
        )
    for statement in excess.blocked_revokes(current, wanted, can):
        yield f"{current.me} may not run this; the owner or a superuser should: {statement}"
    for name in (wanted.bot, wanted.migration):
        bare = current.with_password is not None and name not in current.with_password
        if (current.role(name) is None or bare) and name not in {role for role, _ in wanted.secrets}:
            yield (
                f"{name} has no password: unless pg_hba.conf allows another login, nobody can log in as it. Set one "
                "with ROWKEEP_BOT_PASSWORD and ROWKEEP_MIGRATION_PASSWORD in the environment, or "
                "--ask-passwords."
            )
