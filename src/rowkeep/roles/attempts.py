"""What the bot attempts in an audit: acts that must be denied, and what the catalog already says of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rowkeep.domain.roles.role import OwnedObject, RolesOnServer, WantedRoles
from rowkeep.knowledge.forms.keywords import RawSql, fill_template
from rowkeep.roles.membership import dangerous_attributes, reachable_roles

TRIAL = "rowkeep_trial"
"""The name of what an attempt would make; it never outlives its transaction."""


@dataclass(frozen=True, slots=True)
class DestructiveAct:
    """One attempt. known: why the catalog says it would succeed, so that it need not, and must not, be tried ('')."""

    operation: str
    subject: str
    sql: str
    known: str = ""


def operations(found: RolesOnServer, wanted: WantedRoles) -> tuple[DestructiveAct, ...]:
    """The attempts: on one real table of each wanted schema, on the schema, and on the database.

    Chosen so that a denied one waits for no lock and makes nobody wait: DROP TABLE, TRUNCATE and ALTER TABLE look at
    the permission before they ask for the lock (RangeVarGetRelidExtended calls back first); DELETE asks for the weak
    ROW EXCLUSIVE; DROP SCHEMA locks the name of the schema alone, against which only CREATE in it waits. CREATE
    TRIGGER and DROP FUNCTION lock first, and are judged by the catalog.
    """
    bot = found.role(wanted.bot)
    if bot is None:
        return ()
    reach = reachable_roles(found.memberships, wanted.bot)
    mighty = f"{wanted.bot} is a superuser" if bot.superuser else ""
    return (
        *(operation for schema in wanted.schemas for operation in _in_schema(found, wanted, schema, reach, mighty)),
        DestructiveAct(
            "CREATE SCHEMA",
            found.database.identity,
            fill_template("CREATE SCHEMA {name}", name=TRIAL),
            mighty or ("CREATE on the database" if "CREATE" in found.database.reachable else ""),
        ),
        DestructiveAct(
            "CREATE ROLE",
            "the cluster",
            fill_template("CREATE ROLE {name}", name=TRIAL),
            mighty or ("CREATEROLE" if "CREATEROLE" in dangerous_attributes(bot) else ""),
        ),
        DestructiveAct(
            "GRANT itself",
            wanted.owner,
            fill_template("GRANT {owner} TO {bot}", owner=wanted.owner, bot=wanted.bot),
            mighty or ("it is a member already" if wanted.owner in reach else ""),
        ),
    )


def sample(found: RolesOnServer, schema: str) -> OwnedObject | None:
    """The table of `schema` that the attempts are made on."""
    tables = (each for each in found.relations if each.schema == schema and each.kind == "table")
    return min(tables, key=lambda each: (each.extension, each.identity), default=None)


def _in_schema(
    found: RolesOnServer, wanted: WantedRoles, name: str, reach: frozenset[str], mighty: str
) -> Iterator[DestructiveAct]:
    schema = next((each for each in found.schemas if each.schema == name), None)
    if schema is None:
        return
    table = sample(found, name)
    owns_schema = f"{schema.owner} owns the schema" if schema.owner in reach else ""
    if table is not None:
        written = RawSql(table.identity)
        owns = f"{table.owner} owns the table" if table.owner in reach else ""
        yield DestructiveAct(
            "DROP TABLE", table.identity, fill_template("DROP TABLE {t}", t=written), mighty or owns or owns_schema
        )
        yield DestructiveAct(
            "TRUNCATE",
            table.identity,
            fill_template("TRUNCATE TABLE {t}", t=written),
            mighty or _describe_grant(table, "TRUNCATE"),
        )
        yield DestructiveAct(
            "ALTER TABLE",
            table.identity,
            fill_template("ALTER TABLE {t} ADD COLUMN {name} integer", t=written, name=TRIAL),
            mighty or owns,
        )
        if table.identity not in wanted.deletable:
            yield DestructiveAct(
                "DELETE",
                table.identity,
                fill_template("DELETE FROM {t} WHERE false", t=written),
                mighty or _describe_grant(table, "DELETE"),
            )
    yield DestructiveAct(
        "CREATE TABLE",
        f"schema {schema.identity}",
        fill_template("CREATE TABLE {schema}.{name} ()", schema=name, name=TRIAL),
        mighty or _describe_grant(schema, "CREATE"),
    )
    yield DestructiveAct(
        "DROP SCHEMA", schema.identity, fill_template("DROP SCHEMA {schema}", schema=name), mighty or owns_schema
    )


def _describe_grant(holding: OwnedObject, right: str) -> str:
    return f"{right} is granted" if right in holding.reachable else ""
