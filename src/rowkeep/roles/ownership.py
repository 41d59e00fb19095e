"""Ownership: the structure belongs to the owner, nothing to the bot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rowkeep.domain.roles.role import OwnedObject, RoleChange, RolesOnServer, WantedRoles
from rowkeep.knowledge.forms.keywords import RawSql, fill_template
from rowkeep.roles.membership import inherited_roles

# Where ALTER … OWNER uses another word than pg_identify_object.
_SPELLED = {"statistics object": "STATISTICS"}

LEDGER = "rowkeep"
"""The schema of our ledger, which the migration role writes."""

RETIRED = "retired"
"""The schema that `lint --fix` moves tables to instead of dropping them. Nobody uses it."""


def owner_change(holding: OwnedObject, owner: str) -> str:
    """The statement that gives an object to `owner`."""
    kind = _SPELLED.get(holding.kind, holding.kind.upper())
    return fill_template(
        "ALTER {kind} {identity} OWNER TO {owner};",
        kind=RawSql(kind),
        identity=RawSql(holding.identity),
        owner=owner,
    )


def find_movable(
    current: RolesOnServer, wanted: WantedRoles
) -> tuple[tuple[OwnedObject, ...], tuple[OwnedObject, ...]]:
    """(objects that go to the owner, objects of the schemas that stay with another role).

    Everything that the bot owns goes to the owner, in any schema. In the given schemas, objects of superusers, of the
    connected role and of the database owner go, too. Objects of other roles stay.
    """
    movable, schemas = _movable_owners(current, wanted), {*wanted.schemas, LEDGER, RETIRED}
    moved: list[OwnedObject] = []
    kept: list[OwnedObject] = []
    for holding in (*current.relations, *current.objects):
        if holding.extension or holding.follows or holding.owner == wanted.owner:
            continue
        if holding.owner == wanted.bot or (holding.schema in schemas and holding.owner in movable):
            moved.append(holding)
        elif holding.schema in schemas:
            kept.append(holding)
    return tuple(moved), tuple(kept)


def _movable_owners(current: RolesOnServer, wanted: WantedRoles) -> set[str]:
    """Whose objects may be moved: superusers, the connected role, the migration role, the database owner."""
    superusers = {role.name for role in current.roles if role.superuser}
    return superusers | {current.me, wanted.migration, current.database.owner}


def former_owners(current: RolesOnServer, wanted: WantedRoles) -> frozenset[str]:
    """The roles that must give up their ownership: the bot, the connected role and the database owner."""
    superusers = {role.name for role in current.roles if role.superuser}
    return frozenset({wanted.bot, current.me, current.database.owner} - superusers - {wanted.owner, wanted.migration})


def database_stays(current: RolesOnServer, wanted: WantedRoles) -> bool:
    """Whether the database itself cannot be moved: only a superuser, or its owner with CREATEDB, can do that."""
    me = current.role(current.me)
    if current.database.owner not in former_owners(current, wanted) - {wanted.bot} or me is None or me.superuser:
        return False
    return not (me.createdb and current.database.owner in inherited_roles(current.memberships, current.me))


def move_ledger(current: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleChange]:
    """Move the schema of the ledger to the owner, if a superuser migrated before there was a migration role."""
    taken = [
        holding
        for holding in current.schemas
        if holding.schema == LEDGER
        and holding.owner != wanted.owner
        and holding.owner in _movable_owners(current, wanted)
    ]
    if taken:
        yield RoleChange(
            f"The migration role writes Rowkeep's own ledger: its schema goes to {wanted.owner}.",
            tuple(owner_change(holding, wanted.owner) for holding in taken),
        )


def move_containers(
    holdings: Iterable[OwnedObject], current: RolesOnServer, wanted: WantedRoles
) -> Iterator[RoleChange]:
    """Take a database or schemas away from the bot and from their current owners."""
    owners = former_owners(current, wanted)
    places = {*wanted.schemas, LEDGER, RETIRED, ""}
    taken = [
        holding
        for holding in holdings
        if not holding.extension
        and (holding.owner == wanted.bot or (holding.owner in owners and holding.schema in places))
    ]
    for owner in sorted({holding.owner for holding in taken}):
        theirs = [holding for holding in taken if holding.owner == owner]
        yield RoleChange(
            f"The owner of a {theirs[0].kind} can drop everything in it: {wanted.owner} takes it over.",
            tuple(owner_change(holding, wanted.owner) for holding in theirs),
            takes_from=(owner,),
            takes=f"the {theirs[0].kind} {', '.join(holding.identity for holding in theirs)}, which it owns",
        )


def move_contents(current: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleChange]:
    """Move tables, functions, types … to the owner, one change per former owner."""
    moved, _ = find_movable(current, wanted)
    superusers = {role.name for role in current.roles if role.superuser}
    for owner in sorted({holding.owner for holding in moved}):
        theirs = [holding for holding in moved if holding.owner == owner]
        why = (
            f"An owner can always DROP, TRUNCATE and ALTER: {wanted.bot} must own nothing."
            if owner == wanted.bot
            else f"Only an owner can ALTER: objects of {owner} go to {wanted.owner}."
        )
        yield RoleChange(
            f"{why} Each statement holds ACCESS EXCLUSIVE until the end, for milliseconds.",
            tuple(owner_change(holding, wanted.owner) for holding in theirs),
            takes_from=() if owner in superusers else (owner,),
            takes=f"{_count_objects(theirs)} that it owns: every right on {'it' if len(theirs) == 1 else 'them'}",
        )


def _count_objects(holdings: list[OwnedObject]) -> str:
    kinds = {holding.kind for holding in holdings}
    if len(holdings) == 1:
        return f"the {holdings[0].kind} {holdings[0].identity}"
    word = f"{kinds.pop()}s" if len(kinds) == 1 else "objects"
    return (
        f"{len(holdings)} {word} ({holdings[0].identity}, {holdings[1].identity}{', …' if len(holdings) > 2 else ''})"
    )
