"""The attempts of an audit: operations that must be denied to the bot, and what the catalog says about them."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.roles.role import OwnedObject, RolesOnServer, WantedRoles
from rowkeep.knowledge.forms.keywords import RawSql, fill_template
from rowkeep.roles.membership import dangerous_attributes, reachable_roles

TRIAL = "rowkeep_trial"
"""The name of objects that attempts create. They are always rolled back."""


@dataclass(frozen=True, slots=True)
class DestructiveAct:
    """One attempt. known: why it would succeed according to the catalog, so that it must not be tried; or ''."""

    operation: str
    subject: str
    sql: str
    known: str = ""


def operations(current: RolesOnServer, wanted: WantedRoles) -> tuple[DestructiveAct, ...]:
    """The attempts: on one real table of each schema, on the schema, and on the database.

    A denied attempt waits for no lock and blocks nobody: DROP TABLE, TRUNCATE and ALTER TABLE check the permission
    before they acquire the lock (callback of RangeVarGetRelidExtended); DELETE needs the weak ROW EXCLUSIVE; DROP
    SCHEMA locks only the name of the schema, which blocks only CREATE in it. CREATE TRIGGER and DROP FUNCTION acquire
    their locks first, so the catalog answers for them.
    """
    bot = current.role(wanted.bot)
    if bot is None:
        return ()
    reach = reachable_roles(current.memberships, wanted.bot)
    superuser = f"{wanted.bot} is a superuser" if bot.superuser else ""
    return (
        *(
            operation
            for schema in wanted.schemas
            for operation in _schema_attempts(current, wanted, schema, reach, superuser)
        ),
        DestructiveAct(
            "CREATE SCHEMA",
            current.database.identity,
            fill_template("CREATE SCHEMA {name}", name=TRIAL),
            superuser or ("CREATE on the database" if "CREATE" in current.database.reachable else ""),
        ),
        DestructiveAct(
            "CREATE ROLE",
            "the cluster",
            fill_template("CREATE ROLE {name}", name=TRIAL),
            superuser or ("CREATEROLE" if "CREATEROLE" in dangerous_attributes(bot) else ""),
        ),
        DestructiveAct(
            "GRANT itself",
            wanted.owner,
            fill_template("GRANT {owner} TO {bot}", owner=wanted.owner, bot=wanted.bot),
            superuser or ("it is already a member" if wanted.owner in reach else ""),
        ),
    )


def sample_table(current: RolesOnServer, schema: str) -> OwnedObject | None:
    """The table of `schema` that is used for the attempts."""
    tables = (relation for relation in current.relations if relation.schema == schema and relation.kind == "table")
    return min(tables, key=lambda each: (each.extension, each.identity), default=None)


def _schema_attempts(
    current: RolesOnServer, wanted: WantedRoles, name: str, reach: frozenset[str], superuser: str
) -> Iterator[DestructiveAct]:
    schema = next((each for each in current.schemas if each.schema == name), None)
    if schema is None:
        return
    table = sample_table(current, name)
    owns_schema = f"{schema.owner} owns the schema" if schema.owner in reach else ""
    if table is not None:
        name_sql = RawSql(table.identity)
        owns = f"{table.owner} owns the table" if table.owner in reach else ""
        yield DestructiveAct(
            "DROP TABLE", table.identity, fill_template("DROP TABLE {t}", t=name_sql), superuser or owns or owns_schema
        )
        yield DestructiveAct(
            "TRUNCATE",
            table.identity,
            fill_template("TRUNCATE TABLE {t}", t=name_sql),
            superuser or _describe_grant(table, "TRUNCATE"),
        )
        yield DestructiveAct(
            "ALTER TABLE",
            table.identity,
            fill_template("ALTER TABLE {t} ADD COLUMN {name} integer", t=name_sql, name=TRIAL),
            superuser or owns,
        )
        if table.identity not in wanted.deletable:
            yield DestructiveAct(
                "DELETE",
                table.identity,
                fill_template("DELETE FROM {t} WHERE false", t=name_sql),
                superuser or _describe_grant(table, "DELETE"),
            )
    yield DestructiveAct(
        "CREATE TABLE",
        f"schema {schema.identity}",
        fill_template("CREATE TABLE {schema}.{name} ()", schema=name, name=TRIAL),
        superuser or _describe_grant(schema, "CREATE"),
    )
    yield DestructiveAct(
        "DROP SCHEMA", schema.identity, fill_template("DROP SCHEMA {schema}", schema=name), superuser or owns_schema
    )


def _describe_grant(holding: OwnedObject, right: str) -> str:
    return f"{right} is granted" if right in holding.reachable else ""
