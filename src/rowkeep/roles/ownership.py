"""Who owns what: the structure belongs to the owner, nothing belongs to the bot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rowkeep.domain.roles.role import OwnedObject, RoleChange, RolesOnServer, WantedRoles
from rowkeep.knowledge.forms.keywords import RawSql, fill_template
from rowkeep.roles.membership import inherited_roles

# pg_identify_object's word where ALTER … OWNER spells it differently.
_SPELLED = {"statistics object": "STATISTICS"}

LEDGER = "rowkeep"
"""The schema of our own ledger: whoever migrates writes it."""

RETIRED = "retired"
"""The schema that `lint --fix` moves tables to instead of dropping them: nobody works there."""


def owner_change(holding: OwnedObject, owner: str) -> str:
    """The statement that gives an object to `owner`."""
    kind = _SPELLED.get(holding.kind, holding.kind.upper())
    return fill_template(
        "ALTER {kind} {identity} OWNER TO {owner};",
        kind=RawSql(kind),
        identity=RawSql(holding.identity),
        owner=owner,
    )


def find_movable(found: RolesOnServer, wanted: WantedRoles) -> tuple[tuple[OwnedObject, ...], tuple[OwnedObject, ...]]:
    """Objects that go to the owner, and objects of the wanted schemas that stay with somebody else.

    What the bot owns goes, wherever it lies. In the wanted schemas what a superuser, the role that asks or the owner
    of the database owns goes too; another role's property is not ours to take.
    """
    ours, schemas = _ours(found, wanted), {*wanted.schemas, LEDGER, RETIRED}
    goes: list[OwnedObject] = []
    stays: list[OwnedObject] = []
    for holding in (*found.relations, *found.objects):
        if holding.extension or holding.follows or holding.owner == wanted.owner:
            continue
        if holding.owner == wanted.bot or (holding.schema in schemas and holding.owner in ours):
            goes.append(holding)
        elif holding.schema in schemas:
            stays.append(holding)
    return tuple(goes), tuple(stays)


def _ours(found: RolesOnServer, wanted: WantedRoles) -> set[str]:
    """Whose property may be moved: that of superusers, of who asks, of the migration role, the database's owner."""
    superusers = {role.name for role in found.roles if role.superuser}
    return superusers | {found.me, wanted.migration, found.database.owner}


def former(found: RolesOnServer, wanted: WantedRoles) -> frozenset[str]:
    """The roles that own database or structure today and shall not: the bot, and who is no superuser of `_ours`."""
    superusers = {role.name for role in found.roles if role.superuser}
    return frozenset({wanted.bot, found.me, found.database.owner} - superusers - {wanted.owner, wanted.migration})


def stays_with_its_owner(found: RolesOnServer, wanted: WantedRoles) -> bool:
    """Whether the database itself cannot be moved: only a superuser, or its owner with CREATEDB, gives it away."""
    me = found.role(found.me)
    if found.database.owner not in former(found, wanted) - {wanted.bot} or me is None or me.superuser:
        return False
    return not (me.createdb and found.database.owner in inherited_roles(found.memberships, found.me))


def ledger(found: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleChange]:
    """The ledger's schema to the owner, where a superuser has migrated before there was a migration role."""
    taken = [
        holding
        for holding in found.schemas
        if holding.schema == LEDGER and holding.owner != wanted.owner and holding.owner in _ours(found, wanted)
    ]
    if taken:
        yield RoleChange(
            f"Rowkeep's own ledger is written by whoever migrates: its schema goes to {wanted.owner}.",
            tuple(owner_change(holding, wanted.owner) for holding in taken),
        )


def containers(holdings: Iterable[OwnedObject], found: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleChange]:
    """A database or schemas away from the bot, and from those who own them today."""
    owners = former(found, wanted)
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
            f"Whoever owns a {theirs[0].kind} can drop what lies in it: {wanted.owner} takes it over.",
            tuple(owner_change(holding, wanted.owner) for holding in theirs),
            takes_from=(owner,),
            takes=f"the {theirs[0].kind} {', '.join(holding.identity for holding in theirs)}, which it owns",
        )


def contents(found: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleChange]:
    """Tables, functions, types … to the owner: one change per former owner."""
    goes, _ = find_movable(found, wanted)
    superusers = {role.name for role in found.roles if role.superuser}
    for owner in sorted({holding.owner for holding in goes}):
        theirs = [holding for holding in goes if holding.owner == owner]
        why = (
            f"An owner can DROP, TRUNCATE and ALTER, whatever is granted: {wanted.bot} must own nothing."
            if owner == wanted.bot
            else f"Only an owner can ALTER: what {owner} owns goes to {wanted.owner}."
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
