"""Nothing that somebody has planted in the database runs with our rights, whatever command a superuser types.

Planted are functions, aggregates, operators, casts, types and relations of every name that our SQL uses: as PostgreSQL
has them, in a schema that the database's search_path puts before pg_catalog; and in `public` with types of arguments
that fit our SQL better than what pg_catalog has. Each counts its calls (track_functions), also in a transaction that
is read only or rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from tests.cli.conftest import Run
from tests.database.test_queries import QUERIES, text

from rowkeep.parse.libpg_query import parse_statements

GRAMMAR = frozenset({"<>", "=", "~~", "!~~", "~~*", "!~~*", ">=", "<="})
"""Operators that the grammar writes: IN, LIKE, BETWEEN, IS DISTINCT FROM, CASE x WHEN."""
SPECIAL = frozenset({"coalesce", "greatest", "least", "nullif", "concat", "format", "left", "extract", "timezone"})
PAIRS = ("oid", "int4", "int8", "text", "name", '"char"', "text[]", "regclass")
"""Types between which pg_catalog has no operator of its own, so that a planted one would fit exactly."""


def names() -> tuple[set[str], set[str], set[str], set[str]]:
    """The functions, operators, types and relations that the questions speak of, as the parser finds them."""
    functions, operators, types, relations = set(SPECIAL), set(GRAMMAR), set(), set()

    def walk(node: Any) -> None:
        if isinstance(node, list):
            for each in node:
                walk(each)
        elif isinstance(node, dict):
            for key, value in node.items():
                if key == "FuncCall":
                    functions.add(_last(value["funcname"]))
                elif key == "A_Expr":
                    operators.add(_last(value["name"]))
                elif key in ("TypeName", "typeName"):
                    types.add(_last(value["names"]))
                elif key == "RangeVar":
                    relations.add(value["relname"])
                walk(value)

    assert len(QUERIES) > 200
    for name in QUERIES:
        walk(parse_statements(text(name)))
    return functions, operators, types, relations


def _last(path: list[Any]) -> str:
    word: str = path[-1]["String"]["sval"]
    return word


HERE = """
CREATE SCHEMA evil;
CREATE FUNCTION evil.touched() RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RETURN false; END $$;
CREATE FUNCTION evil.refuse(anyelement) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RETURN true; END $$;
"""

FUNCTIONS = """
DO $plant$
DECLARE
    f record;
BEGIN
    FOR f IN
        SELECT p.proname, p.prokind, p.provariadic, pg_get_function_arguments(p.oid) AS args,
               pg_get_function_result(p.oid) AS result, p.proretset, p.pronargs,
               pg_get_function_identity_arguments(p.oid) AS ids
        FROM pg_proc p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname = ANY (%(functions)s)
          AND p.proargmodes IS NULL
    LOOP
        BEGIN
            IF f.prokind = 'a' THEN
                IF f.result IN ('bigint', 'boolean', 'text') THEN
                    EXECUTE format('CREATE FUNCTION evil.step_%%s(state %%s, %%s) RETURNS %%s LANGUAGE plpgsql AS
                                    $f$ BEGIN RETURN NULL; END $f$',
                                   md5(f.proname || f.ids), f.result, f.ids, f.result);
                    EXECUTE format('CREATE AGGREGATE evil.%%I(%%s) (sfunc = evil.step_%%s, stype = %%s)',
                                   f.proname, f.ids, md5(f.proname || f.ids), f.result);
                END IF;
            ELSIF f.prokind = 'f' THEN
                EXECUTE format('CREATE FUNCTION evil.%%I(%%s) RETURNS %%s LANGUAGE plpgsql AS $f$ BEGIN %%s END $f$',
                               f.proname, f.args, f.result,
                               CASE WHEN f.proretset THEN 'RETURN;' ELSE 'RETURN NULL;' END);
            END IF;
        EXCEPTION WHEN OTHERS THEN
            NULL;
        END;
    END LOOP;
    EXECUTE 'CREATE FUNCTION evil.none(state bigint) RETURNS bigint LANGUAGE plpgsql AS $f$ BEGIN RETURN 0; END $f$';
    EXECUTE 'CREATE AGGREGATE evil.count(*) (sfunc = evil.none, stype = bigint)';
END
$plant$
"""

OPERATORS = """
DO $plant$
DECLARE
    o record;
    left_type text;
    right_type text;
    name text;
    here int := 0;
BEGIN
    FOR o IN
        SELECT p.oprname, p.oprleft::regtype::text AS l, p.oprright::regtype::text AS r,
               p.oprresult::regtype::text AS res
        FROM pg_operator p
        WHERE p.oprname = ANY (%(operators)s) AND p.oprleft <> 0
    LOOP
        BEGIN
            here := here + 1;
            EXECUTE format('CREATE FUNCTION evil.op_%%s(%%s, %%s) RETURNS %%s LANGUAGE plpgsql AS
                            $f$ BEGIN RETURN NULL; END $f$',
                           here, o.l, o.r, o.res);
            EXECUTE format('CREATE OPERATOR evil.%%s (leftarg = %%s, rightarg = %%s, function = evil.op_%%s)',
                           o.oprname, o.l, o.r, here);
        EXCEPTION WHEN OTHERS THEN
            NULL;
        END;
    END LOOP;
    FOREACH left_type IN ARRAY %(pairs)s LOOP
        FOREACH right_type IN ARRAY %(pairs)s LOOP
            CONTINUE WHEN left_type = right_type;
            here := here + 1;
            EXECUTE format('CREATE FUNCTION evil.op_%%s(%%s, %%s) RETURNS bool LANGUAGE plpgsql AS
                            $f$ BEGIN RETURN NULL; END $f$',
                           here, left_type, right_type);
            FOREACH name IN ARRAY %(operators)s LOOP
                CONTINUE WHEN EXISTS (
                    SELECT FROM pg_operator p WHERE p.oprname = name AND p.oprleft = left_type::regtype
                    AND p.oprright = right_type::regtype AND p.oprnamespace = 'pg_catalog'::regnamespace);
                EXECUTE format('CREATE OPERATOR public.%%s (leftarg = %%s, rightarg = %%s, function = evil.op_%%s)',
                               name, left_type, right_type, here);
            END LOOP;
        END LOOP;
    END LOOP;
END
$plant$
"""

OTHERS = """
CREATE TABLE public.tenant (id int, note text);
INSERT INTO public.tenant VALUES (1, 'a');
CREATE FUNCTION evil.as_text(public.tenant) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'x'; END $$;
CREATE CAST (public.tenant AS text) WITH FUNCTION evil.as_text(public.tenant) AS IMPLICIT;
CREATE FUNCTION evil.as_json(public.tenant) RETURNS json LANGUAGE plpgsql AS $$ BEGIN RETURN '1'; END $$;
CREATE CAST (public.tenant AS json) WITH FUNCTION evil.as_json(public.tenant) AS IMPLICIT;
CREATE FUNCTION evil.as_number(public.tenant) RETURNS int8 LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;
CREATE CAST (public.tenant AS int8) WITH FUNCTION evil.as_number(public.tenant) AS IMPLICIT;
"""


def plant(connection: psycopg.Connection[Any]) -> int:
    """Plant everything; how many functions there are that count their calls."""
    functions, operators, types, relations = names()
    values = {"functions": sorted(functions), "operators": sorted(operators), "pairs": list(PAIRS)}
    connection.execute(HERE)
    connection.execute(FUNCTIONS.replace("%(functions)s", _array(values["functions"])).replace("%%", "%"))
    text = OPERATORS.replace("%(operators)s", _array(values["operators"])).replace(
        "%(pairs)s", _array(values["pairs"])
    )
    connection.execute(text.replace("%%", "%").encode())
    for name in sorted(types):
        connection.execute(
            sql.SQL("CREATE DOMAIN evil.{} AS pg_catalog.text CHECK (evil.refuse(VALUE))").format(sql.Identifier(name))
        )
    for name in sorted(relations - {"old", "pgmigrations"} - types):
        connection.execute(sql.SQL("CREATE VIEW evil.{} AS SELECT evil.touched() AS oid").format(sql.Identifier(name)))
    connection.execute(OTHERS)
    rows = connection.execute("SELECT count(*) FROM pg_catalog.pg_proc WHERE pronamespace = 'evil'::regnamespace")
    return int(rows.fetchone()[0])  # type: ignore[index]


def _array(words: list[str]) -> str:
    return "'{" + ",".join('"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' for word in words) + "}'::text[]"


@pytest.fixture
def planted(database: str) -> Iterator[Callable[[], list[str]]]:
    """A database full of traps; gives the functions that were called so far."""
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    with psycopg.connect(database, autocommit=True) as connection:
        assert plant(connection) > 250
        connection.execute(f"ALTER DATABASE {name} SET track_functions = 'all'".encode())
        connection.execute(f"ALTER DATABASE {name} SET search_path = evil, public, pg_catalog".encode())

    def called() -> list[str]:
        with psycopg.connect(database, autocommit=True, options="-c search_path=pg_catalog") as looking:
            rows = looking.execute(
                "SELECT s.funcname FROM pg_stat_user_functions AS s WHERE s.schemaname = 'evil' AND s.calls > 0"
            )
            return sorted({row[0] for row in rows})

    yield called


COMMANDS = (
    ("doctor",),
    ("status",),
    ("plan",),
    ("lint", "--witness"),
    ("roles", "plan"),
    ("environment", "mark", "development", "--because", "a test", "--confirm={name}"),
    ("up",),
    ("history",),
    ("status",),
    ("verify",),
    ("backup", "create", "--hashes"),
    ("down",),
    ("up",),
    ("redo",),
    ("wait", "--for-migrations"),
    ("mark", "applied", "2_b", "--because", "a test"),
    ("deploy", "--yes"),
)
SLOW = ("lint", "deploy")
"""The witness and the rehearsal run on servers of our own: not on every major."""


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_nothing_planted_is_called(
    planted: Callable[[], list[str]], database: str, run: Run, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "1_a.sql").write_text(
        "-- Up Migration\nCREATE TABLE public.made (id bigint);\n\n-- Down Migration\nDROP TABLE public.made;\n"
    )
    (tmp_path / "migrations" / "2_b.sql").write_text(
        "-- Up Migration\nCREATE INDEX CONCURRENTLY made_id ON public.made (id);\n\n"
        "-- Down Migration\nDROP INDEX CONCURRENTLY public.made_id;\n"
    )
    whole = "pg14" in request.node.name or "pg18" in request.node.name
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    env = {"DATABASE_URL": database, "ROWKEEP_BACKUPS_DIR": str(tmp_path / "backups")}
    for command in COMMANDS:
        if command[0] in SLOW and not whole:
            continue
        ran = run(*(word.format(name=name) for word in command), env=env)
        assert ran.code == 0, (command, ran)
        assert planted() == [], (command, ran)


@pytest.mark.majors(18)
def test_the_traps_are_traps(planted: Callable[[], list[str]], database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SELECT count(*) FROM pg_catalog.pg_class WHERE oid = 1 AND relname = 'x'")
        connection.execute("SELECT (t.*)::pg_catalog.text FROM public.tenant t")
        connection.execute("SELECT 'a'::oid")
        connection.execute("SELECT oid FROM pg_class")
    called = planted()
    assert {"as_text", "refuse", "touched"} <= set(called)
    assert any(each.startswith("op_") for each in called)
