"""Wanted and found -> the statements between them, in order, for one transaction; none when all is as wanted."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.count import count_text, form
from rowkeep.domain.role import Change, Found, RolesPlan, Wanted
from rowkeep.errors import Misused, Refused
from rowkeep.knowledge.keywords import Written, fill
from rowkeep.roles import excess, logins, possession, rights
from rowkeep.roles.reach import inherited


def usual_schemas(found: Found) -> tuple[str, ...]:
    """Where the bot works if nobody says otherwise: every schema but our ledger's and those of extensions."""
    present = tuple(each.schema for each in found.schemas if not each.extension and each.schema != possession.LEDGER)
    return present or ("public",)


def make(found: Found, wanted: Wanted) -> RolesPlan:
    """The plan. Raises Misused for names that contradict each other, Refused for a bot that cannot be bound."""
    _sensible(found, wanted)
    owners = frozenset({wanted.owner, wanted.migration, *(each.owner for each in found.relations)}) - {wanted.bot}
    kept = rights.remaining(found, wanted, owners)
    # An owner's own rights leave with the ownership, and a new owner must be able to create where it is to own:
    # so the outer object comes before the inner one, and ownership before grants.
    changes = (
        *logins.changes(found, wanted, owners),
        *possession.containers((found.database,), wanted),
        *rights.on_database(found, wanted),
        *possession.containers(found.schemas, wanted),
        *rights.on_schemas(found, wanted, kept),
        *possession.ledger(found, wanted),
        *possession.contents(found, wanted),
        *rights.on_relations(found, wanted, kept),
        *excess.changes(found, wanted),
    )
    return RolesPlan(
        wanted=wanted,
        database=found.database.identity,
        version_num=found.version_num,
        changes=_borrowed(found, wanted, changes) if changes else (),
        remarks=tuple(_remarks(found, wanted)),
        sessions=_sessions(found, wanted),
    )


def _sensible(found: Found, wanted: Wanted) -> None:
    if wanted.bot in (wanted.migration, wanted.owner):
        raise Misused(
            f"the bot and the migration role are both {wanted.bot!r}",
            why="the point of two roles is that the application cannot change the structure",
            instead=("rowkeep roles plan --bot NAME --migration ANOTHER",),
        )
    bot = found.role(wanted.bot)
    if bot is not None and (bot.bootstrap or bot.name == found.me):
        raise Refused(
            f"the role {wanted.bot!r} cannot be made a bot",
            why="it is the superuser this server was made with, which PostgreSQL never lets go of its rights"
            if bot.bootstrap
            else "it is the role this connection uses; a role cannot take its own rights away and go on",
            instead=("rowkeep roles plan --bot NAME   (a role of its own for the application)",),
        )
    unknown = sorted(wanted.deletable - {each.identity for each in found.relations})
    if unknown:
        raise Misused(
            f"no such table: {', '.join(unknown)}",
            why="--may-delete takes tables with their schema, as PostgreSQL writes them",
            instead=("rowkeep roles plan --may-delete public.carts",),
        )


def _borrowed(found: Found, wanted: Wanted, changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """The same changes, with the memberships around them that a role without superuser rights needs meanwhile."""
    me = found.role(found.me)
    if me is None or me.superuser:
        return changes
    goes, _ = possession.movable(found, wanted)
    roles = {wanted.owner, *(each.owner for each in goes), *excess.creators(found, wanted)}
    lacking = sorted(roles - inherited(found.memberships, found.me))
    if not lacking:
        return changes
    options = Written(" WITH INHERIT TRUE, SET TRUE" if found.major >= 16 else "")
    created = sum(1 for change in changes if change.statements[0].startswith("CREATE ROLE"))
    borrow = Change(
        f"{found.me} is no superuser and acts for these roles until the end of the transaction.",
        tuple(fill("GRANT {role} TO CURRENT_USER{options};", role=role, options=options) for role in lacking),
    )
    back = Change(
        f"{found.me} gives that back.",
        tuple(fill("REVOKE {role} FROM CURRENT_USER;", role=role) for role in lacking),
    )
    return (*changes[:created], borrow, *changes[created:], back)


def _remarks(found: Found, wanted: Wanted) -> Iterator[str]:
    _, stays = possession.movable(found, wanted)
    for owner in sorted({each.owner for each in stays}):
        theirs = [each for each in stays if each.owner == owner]
        yield (
            f"{count_text(len(theirs), 'object belongs', 'objects belong')} to {owner} and "
            f"{form(len(theirs), 'stays', 'stay')} there ({theirs[0].identity}, …): {wanted.owner} cannot "
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


def _sessions(found: Found, wanted: Wanted) -> tuple[tuple[str, int], ...]:
    spared = {wanted.owner, wanted.migration}
    others = sum(each.sessions for each in found.roles if not each.superuser and each.name not in spared)
    return (*((each.name, each.sessions) for each in found.roles if each.sessions), ("PUBLIC", others))
