"""What the bot attempts in an audit: acts that must be denied, and what the catalog already says of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rowkeep.domain.role import Found, Holding, Wanted
from rowkeep.knowledge.keywords import Written, fill
from rowkeep.roles.reach import attributes, reached

TRIAL = "rowkeep_trial"
"""The name of what an attempt would make; it never outlives its transaction."""


@dataclass(frozen=True, slots=True)
class Act:
    """One attempt. known: why the catalog says it would succeed, so that it need not, and must not, be tried ('')."""

    act: str
    subject: str
    sql: str
    known: str = ""


def acts(found: Found, wanted: Wanted) -> tuple[Act, ...]:
    """The attempts: on one real table of each wanted schema, on the schema, and on the database.

    Chosen so that a denied one waits for no lock and makes nobody wait: DROP TABLE, TRUNCATE and ALTER TABLE look at
    the permission before they ask for the lock (RangeVarGetRelidExtended calls back first); DELETE asks for the weak
    ROW EXCLUSIVE; DROP SCHEMA locks the name of the schema alone, against which only CREATE in it waits. CREATE
    TRIGGER and DROP FUNCTION lock first, and are judged by the catalog.
    """
    bot = found.role(wanted.bot)
    if bot is None:
        return ()
    reach = reached(found.memberships, wanted.bot)
    mighty = f"{wanted.bot} is a superuser" if bot.superuser else ""
    return (
        *(act for schema in wanted.schemas for act in _in_schema(found, wanted, schema, reach, mighty)),
        Act(
            "CREATE SCHEMA",
            found.database.identity,
            fill("CREATE SCHEMA {name}", name=TRIAL),
            mighty or ("CREATE on the database" if "CREATE" in found.database.reachable else ""),
        ),
        Act(
            "CREATE ROLE",
            "the cluster",
            fill("CREATE ROLE {name}", name=TRIAL),
            mighty or ("CREATEROLE" if "CREATEROLE" in attributes(bot) else ""),
        ),
        Act(
            "GRANT itself",
            wanted.owner,
            fill("GRANT {owner} TO {bot}", owner=wanted.owner, bot=wanted.bot),
            mighty or ("it is a member already" if wanted.owner in reach else ""),
        ),
    )


def sample(found: Found, schema: str) -> Holding | None:
    """The table of `schema` that the attempts are made on."""
    tables = (each for each in found.relations if each.schema == schema and each.kind == "table")
    return min(tables, key=lambda each: (each.extension, each.identity), default=None)


def _in_schema(found: Found, wanted: Wanted, name: str, reach: frozenset[str], mighty: str) -> Iterator[Act]:
    schema = next((each for each in found.schemas if each.schema == name), None)
    if schema is None:
        return
    table = sample(found, name)
    owns_schema = f"{schema.owner} owns the schema" if schema.owner in reach else ""
    if table is not None:
        written = Written(table.identity)
        owns = f"{table.owner} owns the table" if table.owner in reach else ""
        yield Act("DROP TABLE", table.identity, fill("DROP TABLE {t}", t=written), mighty or owns or owns_schema)
        yield Act(
            "TRUNCATE", table.identity, fill("TRUNCATE TABLE {t}", t=written), mighty or _granted(table, "TRUNCATE")
        )
        yield Act(
            "ALTER TABLE",
            table.identity,
            fill("ALTER TABLE {t} ADD COLUMN {name} integer", t=written, name=TRIAL),
            mighty or owns,
        )
        if table.identity not in wanted.deletable:
            yield Act(
                "DELETE",
                table.identity,
                fill("DELETE FROM {t} WHERE false", t=written),
                mighty or _granted(table, "DELETE"),
            )
    yield Act(
        "CREATE TABLE",
        f"schema {schema.identity}",
        fill("CREATE TABLE {schema}.{name} ()", schema=name, name=TRIAL),
        mighty or _granted(schema, "CREATE"),
    )
    yield Act("DROP SCHEMA", schema.identity, fill("DROP SCHEMA {schema}", schema=name), mighty or owns_schema)


def _granted(holding: Holding, right: str) -> str:
    return f"{right} is granted" if right in holding.reachable else ""
