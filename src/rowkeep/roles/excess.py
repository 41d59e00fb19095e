"""Rights that are too wide and were granted to the bot or to everybody: what takes them back."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.roles.role import FutureGrants, OwnedObject, RoleChange, RolesOnServer, WantedRoles
from rowkeep.knowledge.forms.keywords import RawSql, fill_template
from rowkeep.roles.ownership import RETIRED
from rowkeep.roles.privileges import SEQUENCE_RIGHTS, TABLE_RIGHTS, format_names, granted_rights

WIDE = {
    "database": ("CREATE",),
    "schema": ("CREATE",),
    "sequence": ("UPDATE",),
    "table": ("DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"),
}


def wide_grants(holding: OwnedObject, wanted: WantedRoles) -> tuple[str, ...]:
    """The rights on an object that the bot should not have."""
    rights = WIDE.get(holding.kind, WIDE["table"])
    if holding.kind == "schema" and holding.schema == RETIRED and RETIRED not in wanted.schemas:
        # A table that is moved there keeps its grants: without USAGE they lead nowhere.
        rights = (*rights, "USAGE")
    if holding.identity in wanted.read_only:
        rights = (*rights, "INSERT", "UPDATE")
    if holding.identity in wanted.deletable:
        return tuple(right for right in rights if right != "DELETE")
    return rights


def revoke_changes(
    found: RolesOnServer, wanted: WantedRoles, can: frozenset[str] | None = None
) -> Iterator[RoleChange]:
    """REVOKEs from the bot, then from PUBLIC: database, schemas, relations, and what will be made.

    can: the roles that who asks can act as (None: all); from what others own it can revoke nothing.
    """
    for grantee in (wanted.bot, ""):
        name = grantee or "PUBLIC"
        for holding in (found.database, *found.schemas):
            rights = [right for right in wide_grants(holding, wanted) if right in _direct(holding, grantee)]
            if rights and not holding.extension and is_able(holding, can):
                yield RoleChange(
                    f"Who can create in a {holding.kind} can plant code there for others to run."
                    if "CREATE" in rights
                    else f"Nobody works in {holding.identity}: what lies there was taken out of use.",
                    (_revoke(rights, holding.kind.upper(), [holding.identity], grantee),),
                    takes_from=(name,),
                    takes=f"{', '.join(rights)} on {holding.kind} {holding.identity}",
                )
        revoked = tuple(_on_relations(found, wanted, grantee, can))
        if revoked:
            yield RoleChange(
                f"{name} can do more here than read, insert and update.",
                tuple(statement for statement, _ in revoked),
                takes_from=(name,),
                takes="; ".join(words for _, words in revoked),
            )
        statements = tuple(_revoke_future(future, rights, grantee) for future, rights in _future(found, grantee))
        if statements:
            yield RoleChange(f"{name} would get more than that on what is made later.", statements)


def is_able(holding: OwnedObject, can: frozenset[str] | None) -> bool:
    """Whether rights on an object can be given and taken by who can act as the roles `can`."""
    return can is None or holding.owner in can


def beyond_declared(found: RolesOnServer, wanted: WantedRoles, can: frozenset[str] | None) -> tuple[str, ...]:
    """What should be revoked and cannot be by who asks: the statements, for somebody who can."""
    if can is None:
        return ()
    return tuple(
        _revoke(
            rights, holding.kind.upper() if holding.kind in ("database", "schema") else "TABLE", [holding.identity], g
        )
        for g in (wanted.bot, "")
        for holding in (found.database, *found.schemas, *found.relations)
        if not holding.extension and not is_able(holding, can)
        if (rights := [right for right in wide_grants(holding, wanted) if right in _direct(holding, g)])
    )


def _direct(holding: OwnedObject, grantee: str) -> frozenset[str]:
    # What an owner holds of its own goes with the ownership.
    return frozenset() if grantee == holding.owner else granted_rights(holding.grants, grantee)


def _on_relations(
    found: RolesOnServer, wanted: WantedRoles, grantee: str, can: frozenset[str] | None
) -> Iterator[tuple[str, str]]:
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for holding in found.relations:
        rights = tuple(right for right in wide_grants(holding, wanted) if right in _direct(holding, grantee))
        if rights and not holding.extension and is_able(holding, can):
            kind = "SEQUENCE" if holding.kind == "sequence" else "TABLE"
            alike.setdefault((kind, rights), []).append(holding.identity)
    for (kind, rights), identities in alike.items():
        more = f" and {len(identities) - 3} more" if len(identities) > 3 else ""
        words = f"{', '.join(rights)} on {', '.join(identities[:3])}{more}"
        yield _revoke(rights, kind, identities, grantee), words


def _future(found: RolesOnServer, grantee: str) -> Iterator[tuple[FutureGrants, list[str]]]:
    fine = {"TABLES": TABLE_RIGHTS, "SEQUENCES": SEQUENCE_RIGHTS}
    for future in found.futures:
        if future.objects in fine:
            rights = sorted(granted_rights(future.grants, grantee) - set(fine[future.objects]))
            if rights:
                yield future, rights


def creators(found: RolesOnServer, wanted: WantedRoles) -> frozenset[str]:
    """The roles whose default privileges give too much."""
    return frozenset(future.creator for grantee in (wanted.bot, "") for future, _ in _future(found, grantee))


def _revoke(rights: list[str] | tuple[str, ...], kind: str, identities: list[str], grantee: str) -> str:
    return fill_template(
        "REVOKE {rights} ON {kind} {objects} FROM {role};",
        rights=RawSql(", ".join(rights)),
        kind=RawSql(kind),
        objects=RawSql(format_names(identities)),
        role=grantee or RawSql("PUBLIC"),
    )


def _revoke_future(future: FutureGrants, rights: list[str], grantee: str) -> str:
    place = fill_template(" IN SCHEMA {schema}", schema=future.schema) if future.schema else ""
    return fill_template(
        "ALTER DEFAULT PRIVILEGES FOR ROLE {creator}{place} REVOKE {rights} ON {objects} FROM {role};",
        creator=future.creator,
        place=RawSql(place),
        rights=RawSql(", ".join(rights)),
        objects=RawSql(future.objects),
        role=grantee or RawSql("PUBLIC"),
    )
