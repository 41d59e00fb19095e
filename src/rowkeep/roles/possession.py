"""Who owns what: the structure belongs to the owner, nothing belongs to the bot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rowkeep.domain.role import Change, Found, Holding, Wanted
from rowkeep.knowledge.keywords import Written, fill

# pg_identify_object's word where ALTER … OWNER spells it differently.
_SPELLED = {"statistics object": "STATISTICS"}

LEDGER = "rowkeep"
"""The schema of our own ledger: whoever migrates writes it."""


def owner_change(holding: Holding, owner: str) -> str:
    """The statement that gives an object to `owner`."""
    kind = _SPELLED.get(holding.kind, holding.kind.upper())
    return fill(
        "ALTER {kind} {identity} OWNER TO {owner};",
        kind=Written(kind),
        identity=Written(holding.identity),
        owner=owner,
    )


def movable(found: Found, wanted: Wanted) -> tuple[tuple[Holding, ...], tuple[Holding, ...]]:
    """Objects that go to the owner, and objects of the wanted schemas that stay with somebody else.

    What the bot owns goes, wherever it lies. In the wanted schemas what a superuser or the role that asks owns goes
    too; another role's property is not ours to take.
    """
    ours, schemas = _ours(found, wanted), {*wanted.schemas, LEDGER}
    goes: list[Holding] = []
    stays: list[Holding] = []
    for holding in (*found.relations, *found.objects):
        if holding.extension or holding.follows or holding.owner == wanted.owner:
            continue
        if holding.owner == wanted.bot or (holding.schema in schemas and holding.owner in ours):
            goes.append(holding)
        elif holding.schema in schemas:
            stays.append(holding)
    return tuple(goes), tuple(stays)


def _ours(found: Found, wanted: Wanted) -> set[str]:
    """Whose property may be moved: the superusers', the role's that asks, and the migration role's."""
    return {role.name for role in found.roles if role.superuser} | {found.me, wanted.migration}


def ledger(found: Found, wanted: Wanted) -> Iterator[Change]:
    """The ledger's schema to the owner, where a superuser has migrated before there was a migration role."""
    taken = [
        holding
        for holding in found.schemas
        if holding.schema == LEDGER and holding.owner != wanted.owner and holding.owner in _ours(found, wanted)
    ]
    if taken:
        yield Change(
            f"Rowkeep's own ledger is written by whoever migrates: its schema goes to {wanted.owner}.",
            tuple(owner_change(holding, wanted.owner) for holding in taken),
        )


def containers(holdings: Iterable[Holding], wanted: Wanted) -> Iterator[Change]:
    """A database or schemas away from the bot."""
    taken = [holding for holding in holdings if holding.owner == wanted.bot and not holding.extension]
    if taken:
        yield Change(
            f"Whoever owns a {taken[0].kind} can drop what lies in it: {wanted.owner} takes it over.",
            tuple(owner_change(holding, wanted.owner) for holding in taken),
            takes_from=(wanted.bot,),
        )


def contents(found: Found, wanted: Wanted) -> Iterator[Change]:
    """Tables, functions, types … to the owner: one change per former owner."""
    goes, _ = movable(found, wanted)
    spared = {role.name for role in found.roles if role.superuser} | {wanted.migration}
    for former in sorted({holding.owner for holding in goes}):
        theirs = [holding for holding in goes if holding.owner == former]
        why = (
            f"An owner can DROP, TRUNCATE and ALTER, whatever is granted: {wanted.bot} must own nothing."
            if former == wanted.bot
            else f"Only an owner can ALTER: what {former} owns goes to {wanted.owner}."
        )
        yield Change(
            f"{why} Each statement holds ACCESS EXCLUSIVE until the end, for milliseconds.",
            tuple(owner_change(holding, wanted.owner) for holding in theirs),
            takes_from=() if former in spared else (former,),
        )
