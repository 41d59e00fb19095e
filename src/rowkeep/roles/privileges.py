"""What the bot needs and may have on the database, its schemas, tables and sequences, present and future."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rowkeep.domain.roles.role import FutureGrants, ObjectGrant, OwnedObject, RoleChange, RolesOnServer, WantedRoles
from rowkeep.knowledge.forms.keywords import RawSql, fill_template, quote_name
from rowkeep.roles.membership import find_bad_memberships, inherited_roles

TABLE_RIGHTS = ("SELECT", "INSERT", "UPDATE")
SEQUENCE_RIGHTS = ("USAGE", "SELECT")


def remaining_roles(found: RolesOnServer, wanted: WantedRoles, owners: frozenset[str]) -> frozenset[str]:
    """The bot and the roles whose rights it inherits, once its bad memberships are gone."""
    bad = find_bad_memberships(found, wanted.bot, owners)
    return inherited_roles((each for each in found.memberships if each not in bad), wanted.bot)


def relation_grants(found: RolesOnServer, wanted: WantedRoles, kept: frozenset[str]) -> Iterator[RoleChange]:
    """Grants that are missing on tables, views and sequences. kept: from `remaining`."""
    for schema in wanted.schemas:
        yield from _tables(found, wanted, kept, schema)
        yield from _sequences(found, wanted, kept, schema)
    yield from _deletes(found, wanted, kept)


def on_future(
    found: RolesOnServer, wanted: WantedRoles, kept: frozenset[str], creators: Iterable[str]
) -> Iterator[RoleChange]:
    """The same on what `creators` will make: the owner, and who still owns the structure until the hand-over."""
    for creator in creators:
        for schema in wanted.schemas:
            yield from _future(found, wanted, kept, schema, creator)


def needed_rights(holding: OwnedObject, wanted: WantedRoles | None = None) -> tuple[str, ...]:
    """The rights the bot needs on a relation; on a materialized view, and in a history, there is nothing to write."""
    if holding.kind == "sequence":
        return SEQUENCE_RIGHTS
    reads = holding.kind == "materialized view" or (wanted is not None and holding.identity in wanted.read_only)
    return ("SELECT",) if reads else TABLE_RIGHTS


def held_rights(holding: OwnedObject, roles: frozenset[str]) -> frozenset[str]:
    """Rights that grants to `roles` give; an owner's own do not count, because ownership moves."""
    return frozenset(each.right for each in holding.grants if each.grantee in roles and each.grantee != holding.owner)


def granted_rights(grants: Iterable[ObjectGrant], *grantees: str) -> frozenset[str]:
    """The rights that go to one of `grantees` ('' is PUBLIC)."""
    return frozenset(each.right for each in grants if each.grantee in grantees)


def database_grants(found: RolesOnServer, wanted: WantedRoles, *, of_bot: bool) -> Iterator[RoleChange]:
    """Both roles connect, the owner makes schemas. of_bot: what must wait until the bot has lost the database."""
    database = RawSql(found.database.identity)
    owner = found.database.owner
    # What the bot holds as the database's owner goes with the ownership.
    grants = tuple(each for each in found.database.grants if not each.grantee == owner == wanted.bot)
    for role in (wanted.bot, wanted.migration):
        if (role == wanted.bot == owner) is of_bot and "CONNECT" not in granted_rights(grants, "", role):
            yield RoleChange(
                f"{role} connects to this database.",
                (fill_template("GRANT CONNECT ON DATABASE {database} TO {role};", database=database, role=role),),
            )
    if not of_bot and owner not in (wanted.bot, wanted.owner) and "CREATE" not in granted_rights(grants, wanted.owner):
        yield RoleChange(
            f"{wanted.owner} makes schemas (Rowkeep's own ledger is one) and trusted extensions.",
            (fill_template("GRANT CREATE ON DATABASE {database} TO {role};", database=database, role=wanted.owner),),
        )


def schema_grants(
    found: RolesOnServer, wanted: WantedRoles, kept: frozenset[str], can: frozenset[str] | None, *, of_bot: bool
) -> Iterator[RoleChange]:
    """The owner builds in the schemas, the bot sees what is in them. kept: from `remaining`.

    can: the roles that who asks can act as (None: all). of_bot: schemas that the bot owns now, after it has lost them.
    """
    for name in wanted.schemas:
        schema = next((each for each in found.schemas if each.schema == name), None)
        if (schema is not None and schema.owner == wanted.bot) is not of_bot:
            continue
        if schema is not None and can is not None and schema.owner not in can:
            continue
        statements: list[str] = []
        if schema is None:
            statements.append(
                fill_template("CREATE SCHEMA {schema} AUTHORIZATION {owner};", schema=name, owner=wanted.owner)
            )
        elif schema.owner not in (wanted.owner, wanted.bot):
            missing = [
                right for right in ("USAGE", "CREATE") if right not in granted_rights(schema.grants, wanted.owner)
            ]
            if missing:
                statements.append(_grant(missing, "SCHEMA", [quote_name(name)], wanted.owner))
        if schema is None or "USAGE" not in held_rights(schema, kept | {""}):
            statements.append(_grant(["USAGE"], "SCHEMA", [quote_name(name)], wanted.bot))
        if statements:
            yield RoleChange(
                f"Schema {name}: {wanted.owner} builds in it, {wanted.bot} sees what is in it.", tuple(statements)
            )


def _lacking(
    found: RolesOnServer, wanted: WantedRoles, schema: str, kept: frozenset[str], sequences: bool
) -> list[OwnedObject]:
    return [
        holding
        for holding in found.relations
        if holding.schema == schema
        and not holding.extension
        and (holding.kind == "sequence") == sequences
        and not set(needed_rights(holding, wanted)) <= held_rights(holding, kept) | holding.by_column
    ]


def _tables(found: RolesOnServer, wanted: WantedRoles, kept: frozenset[str], schema: str) -> Iterator[RoleChange]:
    lacking = _lacking(found, wanted, schema, kept, sequences=False)
    if not lacking:
        return
    written = [each.identity for each in lacking if needed_rights(each, wanted) == TABLE_RIGHTS]
    read = [each.identity for each in lacking if needed_rights(each, wanted) != TABLE_RIGHTS]
    statements = []
    if written:
        statements.append(_grant(TABLE_RIGHTS, "TABLE", written, wanted.bot))
    if read:
        statements.append(_grant(("SELECT",), "TABLE", read, wanted.bot))
    yield RoleChange(
        f"{wanted.bot} reads and writes the tables and views of schema {schema}; it deletes nothing.",
        tuple(statements),
    )


def _sequences(found: RolesOnServer, wanted: WantedRoles, kept: frozenset[str], schema: str) -> Iterator[RoleChange]:
    lacking = _lacking(found, wanted, schema, kept, sequences=True)
    if lacking:
        yield RoleChange(
            f"{wanted.bot} draws numbers from the sequences of schema {schema}, and cannot set them back.",
            (_grant(SEQUENCE_RIGHTS, "SEQUENCE", [each.identity for each in lacking], wanted.bot),),
        )


def _future(
    found: RolesOnServer, wanted: WantedRoles, kept: frozenset[str], schema: str, creator: str
) -> Iterator[RoleChange]:
    statements = []
    for objects, rights in (("TABLES", TABLE_RIGHTS), ("SEQUENCES", SEQUENCE_RIGHTS)):
        if not set(rights) <= _future_rights(found.futures, creator, schema, objects, kept):
            statements.append(
                fill_template(
                    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema}"
                    " GRANT {rights} ON {objects} TO {bot};",
                    owner=creator,
                    schema=schema,
                    rights=RawSql(", ".join(rights)),
                    objects=RawSql(objects),
                    bot=wanted.bot,
                )
            )
    if statements:
        yield RoleChange(
            f"The same for every table and sequence that {creator} will ever make in schema {schema}.",
            tuple(statements),
        )


def _future_rights(
    futures: Iterable[FutureGrants], creator: str, schema: str, objects: str, kept: frozenset[str]
) -> frozenset[str]:
    rights: set[str] = set()
    for each in futures:
        if each.creator == creator and each.schema in ("", schema) and each.objects == objects:
            rights |= granted_rights(each.grants, *kept)
    return frozenset(rights)


def _deletes(found: RolesOnServer, wanted: WantedRoles, kept: frozenset[str]) -> Iterator[RoleChange]:
    lacking = [
        each.identity
        for each in found.relations
        if each.identity in wanted.deletable and "DELETE" not in held_rights(each, kept)
    ]
    if lacking:
        yield RoleChange(
            f"{wanted.bot} may delete rows here, because you said so (--may-delete).",
            (_grant(("DELETE",), "TABLE", lacking, wanted.bot),),
        )


def _grant(rights: Iterable[str], kind: str, identities: list[str], role: str) -> str:
    return fill_template(
        "GRANT {rights} ON {kind} {objects} TO {role};",
        rights=RawSql(", ".join(rights)),
        kind=RawSql(kind),
        objects=RawSql(format_names(identities)),
        role=role,
    )


def format_names(identities: list[str]) -> str:
    """Names as a statement lists them: side by side while they fit, else one a line."""
    line = ", ".join(identities)
    return line if len(line) <= 60 else "\n    " + ",\n    ".join(identities) + "\n "
