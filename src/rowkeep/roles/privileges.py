"""The rights of the bot on the database, its schemas, tables and sequences, present and future."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rowkeep.domain.roles.role import FutureGrants, ObjectGrant, OwnedObject, RoleChange, RolesOnServer, WantedRoles
from rowkeep.knowledge.forms.keywords import RawSql, fill_template, quote_name
from rowkeep.roles.membership import find_bad_memberships, inherited_roles

TABLE_RIGHTS = ("SELECT", "INSERT", "UPDATE")
SEQUENCE_RIGHTS = ("USAGE", "SELECT")


def remaining_roles(current: RolesOnServer, wanted: WantedRoles, owners: frozenset[str]) -> frozenset[str]:
    """The bot and the roles whose rights it still inherits after its bad memberships are removed."""
    bad = find_bad_memberships(current, wanted.bot, owners)
    return inherited_roles((membership for membership in current.memberships if membership not in bad), wanted.bot)


def relation_grants(current: RolesOnServer, wanted: WantedRoles, kept: frozenset[str]) -> Iterator[RoleChange]:
    """Missing grants on tables, views and sequences. kept: from `remaining_roles`."""
    for schema in wanted.schemas:
        yield from _tables(current, wanted, kept, schema)
        yield from _sequences(current, wanted, kept, schema)
    yield from _deletes(current, wanted, kept)


def default_privilege_grants(
    current: RolesOnServer, wanted: WantedRoles, kept: frozenset[str], creators: Iterable[str]
) -> Iterator[RoleChange]:
    """Default privileges for future objects of `creators`: the owner, and the current owners until the handover."""
    for creator in creators:
        for schema in wanted.schemas:
            yield from _future(current, wanted, kept, schema, creator)


def needed_rights(holding: OwnedObject, wanted: WantedRoles | None = None) -> tuple[str, ...]:
    """The rights the bot needs on a relation. It does not write materialized views and the history."""
    if holding.kind == "sequence":
        return SEQUENCE_RIGHTS
    reads = holding.kind == "materialized view" or (wanted is not None and holding.identity in wanted.read_only)
    return ("SELECT",) if reads else TABLE_RIGHTS


def rights_of(holding: OwnedObject, roles: frozenset[str]) -> frozenset[str]:
    """Rights granted to `roles`. The rights of an owner do not count, because ownership moves."""
    return frozenset(
        grant.right for grant in holding.grants if grant.grantee in roles and grant.grantee != holding.owner
    )


def granted_rights(grants: Iterable[ObjectGrant], *grantees: str) -> frozenset[str]:
    """The rights that go to one of `grantees` ('' is PUBLIC)."""
    return frozenset(grant.right for grant in grants if grant.grantee in grantees)


def database_grants(current: RolesOnServer, wanted: WantedRoles, *, of_bot: bool) -> Iterator[RoleChange]:
    """Both roles may connect, the owner may create schemas. of_bot: grants that wait until the bot lost it."""
    database = RawSql(current.database.identity)
    owner = current.database.owner
    # Rights of the bot as the database owner end with its ownership.
    grants = tuple(grant for grant in current.database.grants if not grant.grantee == owner == wanted.bot)
    for role in (wanted.bot, wanted.migration):
        if (role == wanted.bot == owner) is of_bot and "CONNECT" not in granted_rights(grants, "", role):
            yield RoleChange(
                f"{role} connects to this database.",
                (fill_template("GRANT CONNECT ON DATABASE {database} TO {role};", database=database, role=role),),
            )
    if not of_bot and owner not in (wanted.bot, wanted.owner) and "CREATE" not in granted_rights(grants, wanted.owner):
        yield RoleChange(
            f"{wanted.owner} creates schemas (Rowkeep's own ledger is one) and trusted extensions.",
            (fill_template("GRANT CREATE ON DATABASE {database} TO {role};", database=database, role=wanted.owner),),
        )


def schema_grants(
    current: RolesOnServer, wanted: WantedRoles, kept: frozenset[str], can: frozenset[str] | None, *, of_bot: bool
) -> Iterator[RoleChange]:
    """The owner creates objects in the schemas, the bot sees them. kept: from `remaining_roles`.

    can: the roles that the connected role can act as (None: all). of_bot: schemas that the bot owns now, for later.
    """
    for name in wanted.schemas:
        schema = next((each for each in current.schemas if each.schema == name), None)
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
        if schema is None or "USAGE" not in rights_of(schema, kept | {""}):
            statements.append(_grant(["USAGE"], "SCHEMA", [quote_name(name)], wanted.bot))
        if statements:
            yield RoleChange(
                f"Schema {name}: {wanted.owner} creates objects in it, {wanted.bot} uses them.", tuple(statements)
            )


def _find_missing(
    current: RolesOnServer, wanted: WantedRoles, schema: str, kept: frozenset[str], sequences: bool
) -> list[OwnedObject]:
    return [
        holding
        for holding in current.relations
        if holding.schema == schema
        and not holding.extension
        and (holding.kind == "sequence") == sequences
        and not set(needed_rights(holding, wanted)) <= rights_of(holding, kept) | holding.by_column
    ]


def _tables(current: RolesOnServer, wanted: WantedRoles, kept: frozenset[str], schema: str) -> Iterator[RoleChange]:
    missing = _find_missing(current, wanted, schema, kept, sequences=False)
    if not missing:
        return
    written = [table.identity for table in missing if needed_rights(table, wanted) == TABLE_RIGHTS]
    read = [table.identity for table in missing if needed_rights(table, wanted) != TABLE_RIGHTS]
    statements = []
    if written:
        statements.append(_grant(TABLE_RIGHTS, "TABLE", written, wanted.bot))
    if read:
        statements.append(_grant(("SELECT",), "TABLE", read, wanted.bot))
    yield RoleChange(
        f"{wanted.bot} reads and writes the tables and views of schema {schema}; it deletes nothing.",
        tuple(statements),
    )


def _sequences(current: RolesOnServer, wanted: WantedRoles, kept: frozenset[str], schema: str) -> Iterator[RoleChange]:
    missing = _find_missing(current, wanted, schema, kept, sequences=True)
    if missing:
        yield RoleChange(
            f"{wanted.bot} uses the sequences of schema {schema} and cannot reset them.",
            (_grant(SEQUENCE_RIGHTS, "SEQUENCE", [sequence.identity for sequence in missing], wanted.bot),),
        )


def _future(
    current: RolesOnServer, wanted: WantedRoles, kept: frozenset[str], schema: str, creator: str
) -> Iterator[RoleChange]:
    statements = []
    for objects, rights in (("TABLES", TABLE_RIGHTS), ("SEQUENCES", SEQUENCE_RIGHTS)):
        if not set(rights) <= _future_rights(current.futures, creator, schema, objects, kept):
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
            f"The same for every table and sequence that {creator} will create in schema {schema}.",
            tuple(statements),
        )


def _future_rights(
    futures: Iterable[FutureGrants], creator: str, schema: str, objects: str, kept: frozenset[str]
) -> frozenset[str]:
    rights: set[str] = set()
    for future in futures:
        if future.creator == creator and future.schema in ("", schema) and future.objects == objects:
            rights |= granted_rights(future.grants, *kept)
    return frozenset(rights)


def _deletes(current: RolesOnServer, wanted: WantedRoles, kept: frozenset[str]) -> Iterator[RoleChange]:
    lacking = [
        relation.identity
        for relation in current.relations
        if relation.identity in wanted.deletable and "DELETE" not in rights_of(relation, kept)
    ]
    if lacking:
        yield RoleChange(
            f"{wanted.bot} may delete rows here, because of --may-delete.",
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
    """Names for a statement: on one line if they fit, else one per line."""
    line = ", ".join(identities)
    return line if len(line) <= 60 else "\n    " + ",\n    ".join(identities) + "\n "
