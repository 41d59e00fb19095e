"""Excessive rights of the bot or of everybody, and the REVOKEs that remove them."""

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
        # Tables moved there keep their grants, but these are useless without USAGE.
        rights = (*rights, "USAGE")
    if holding.identity in wanted.read_only:
        rights = (*rights, "INSERT", "UPDATE")
    if holding.identity in wanted.deletable:
        return tuple(right for right in rights if right != "DELETE")
    return rights


def revoke_changes(
    current: RolesOnServer, wanted: WantedRoles, can: frozenset[str] | None = None
) -> Iterator[RoleChange]:
    """REVOKEs from the bot, then from PUBLIC: database, schemas, relations, and default privileges.

    can: the roles that the connected role can act as (None: all). It cannot revoke rights on objects of others.
    """
    for grantee in (wanted.bot, ""):
        name = grantee or "PUBLIC"
        for holding in (current.database, *current.schemas):
            rights = [right for right in wide_grants(holding, wanted) if right in _direct(holding, grantee)]
            if rights and not holding.extension and may_change(holding, can):
                yield RoleChange(
                    f"A role that can create objects in a {holding.kind} can plant code there that others run."
                    if "CREATE" in rights
                    else f"Nobody uses {holding.identity}: its objects are retired.",
                    (_revoke(rights, holding.kind.upper(), [holding.identity], grantee),),
                    takes_from=(name,),
                    takes=f"{', '.join(rights)} on {holding.kind} {holding.identity}",
                )
        revoked = tuple(_revoke_on_relations(current, wanted, grantee, can))
        if revoked:
            yield RoleChange(
                f"{name} can do more here than read, insert and update.",
                tuple(statement for statement, _ in revoked),
                takes_from=(name,),
                takes="; ".join(words for _, words in revoked),
            )
        statements = tuple(_revoke_future(future, rights, grantee) for future, rights in _future(current, grantee))
        if statements:
            yield RoleChange(f"{name} would get more than that on objects created later.", statements)


def may_change(holding: OwnedObject, can: frozenset[str] | None) -> bool:
    """Whether a role that can act as the roles `can` may grant and revoke rights on an object."""
    return can is None or holding.owner in can


def blocked_revokes(current: RolesOnServer, wanted: WantedRoles, can: frozenset[str] | None) -> tuple[str, ...]:
    """REVOKE statements that the connected role may not run, for a role that may."""
    if can is None:
        return ()
    return tuple(
        _revoke(
            rights, holding.kind.upper() if holding.kind in ("database", "schema") else "TABLE", [holding.identity], g
        )
        for g in (wanted.bot, "")
        for holding in (current.database, *current.schemas, *current.relations)
        if not holding.extension and not may_change(holding, can)
        if (rights := [right for right in wide_grants(holding, wanted) if right in _direct(holding, g)])
    )


def _direct(holding: OwnedObject, grantee: str) -> frozenset[str]:
    # The rights of an owner end with its ownership.
    return frozenset() if grantee == holding.owner else granted_rights(holding.grants, grantee)


def _revoke_on_relations(
    current: RolesOnServer, wanted: WantedRoles, grantee: str, can: frozenset[str] | None
) -> Iterator[tuple[str, str]]:
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for holding in current.relations:
        rights = tuple(right for right in wide_grants(holding, wanted) if right in _direct(holding, grantee))
        if rights and not holding.extension and may_change(holding, can):
            kind = "SEQUENCE" if holding.kind == "sequence" else "TABLE"
            groups.setdefault((kind, rights), []).append(holding.identity)
    for (kind, rights), identities in groups.items():
        more = f" and {len(identities) - 3} more" if len(identities) > 3 else ""
        words = f"{', '.join(rights)} on {', '.join(identities[:3])}{more}"
        yield _revoke(rights, kind, identities, grantee), words


def _future(current: RolesOnServer, grantee: str) -> Iterator[tuple[FutureGrants, list[str]]]:
    fine = {"TABLES": TABLE_RIGHTS, "SEQUENCES": SEQUENCE_RIGHTS}
    for future in current.futures:
        if future.objects in fine:
            rights = sorted(granted_rights(future.grants, grantee) - set(fine[future.objects]))
            if rights:
                yield future, rights


def find_creators(current: RolesOnServer, wanted: WantedRoles) -> frozenset[str]:
    """The roles whose default privileges give too much."""
    return frozenset(future.creator for grantee in (wanted.bot, "") for future, _ in _future(current, grantee))


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
