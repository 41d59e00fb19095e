"""ADD COLUMN in its many forms: what is found, how heavily, and what is left alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from psycopg import connect

from rowkeep import scratch

Find = Callable[..., list[str]]
OF = (
    "column-default-rewrites-table",
    "generated-column-rewrites-table",
    "serial-column-rewrites-table",
    "identity-column-rewrites-table",
    "domain-column-rewrites-table",
    "column-check-scans-table",
    "required-column-without-default",
    "unique-column-builds-index",
    "reference-column-locks-both-tables",
    "json-column",
    "reference-of-another-type",
)
TABLE = "CREATE TABLE t (id bigint PRIMARY KEY, a integer);"

COLUMNS = {
    # the default
    "c uuid DEFAULT gen_random_uuid()": ["column-default-rewrites-table error"],
    "c uuid DEFAULT public.uuid_generate_v4()": ["column-default-rewrites-table error"],
    "c text DEFAULT (random())::text": ["column-default-rewrites-table error"],
    "c timestamptz DEFAULT clock_timestamp()": ["column-default-rewrites-table error"],
    "c bigint DEFAULT nextval('s')": ["column-default-rewrites-table error"],
    "c text DEFAULT coalesce(NULL, md5(random()::text))": ["column-default-rewrites-table error"],
    "c text DEFAULT nanoid()": ["column-default-rewrites-table warning"],
    "c timestamptz DEFAULT now()": [],
    "c timestamptz DEFAULT (now() AT TIME ZONE 'utc') + interval '1 day'": [],
    "c text DEFAULT upper('x') || current_user": [],
    "c date DEFAULT CURRENT_DATE": [],
    "c text[] NOT NULL DEFAULT ARRAY['a', 'b']": [],
    "c jsonb NOT NULL DEFAULT '{}'": [],
    "c integer NOT NULL DEFAULT 5": [],
    "c integer": [],
    # what numbers or computes
    "c serial": ["serial-column-rewrites-table error"],
    "c smallserial NOT NULL": ["serial-column-rewrites-table error"],
    "c integer GENERATED ALWAYS AS IDENTITY": ["identity-column-rewrites-table error"],
    "c integer GENERATED ALWAYS AS (a * 2) STORED": ["generated-column-rewrites-table error"],
    "c integer GENERATED ALWAYS AS (a * 2) VIRTUAL": [],
    "c integer NOT NULL GENERATED ALWAYS AS (a * 2) VIRTUAL": ["column-check-scans-table error"],
    # constraints
    "c integer CHECK (c > 0)": ["column-check-scans-table error"],
    "c integer DEFAULT 1 CHECK (c > 0) CHECK (c < 9)": ["column-check-scans-table error"] * 2,
    "c integer NOT NULL": ["required-column-without-default error"],
    "c integer NOT NULL DEFAULT NULL": ["required-column-without-default error"],
    "c integer UNIQUE": ["unique-column-builds-index error"],
    "c bigserial UNIQUE": ["serial-column-rewrites-table error", "unique-column-builds-index error"],
    "c integer REFERENCES other": ["reference-column-locks-both-tables warning"],
    "c integer DEFAULT NULL REFERENCES other": ["reference-column-locks-both-tables error"],
    "c integer DEFAULT 1 REFERENCES other": ["reference-column-locks-both-tables error"],
    "c bigint REFERENCES t": [],
    "c json": ["json-column warning"],
    "c json[]": [],
    # types that nobody here has told
    "c mood": ["domain-column-rewrites-table note"],
    "c mood[]": [],
    "c citext": [],
    "c public.geometry(Point, 4326)": [],
}


@pytest.mark.parametrize(("column", "expected"), COLUMNS.items())
def test_a_column(find: Find, column: str, expected: list[str]) -> None:
    assert sorted(find(TABLE, f"ALTER TABLE t ADD COLUMN {column};", of=OF)) == sorted(f"{one} 1" for one in expected)


@pytest.mark.majors(18)
def test_the_server_bears_it_out(database: str) -> None:
    """What is an error of a lock rule rewrites or reads the table; what is left alone does neither."""
    lies = []
    with connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE EXTENSION citext; CREATE SEQUENCE s; CREATE TABLE other (id integer PRIMARY KEY);"
            "INSERT INTO other VALUES (1); CREATE FUNCTION public.uuid_generate_v4() RETURNS uuid LANGUAGE sql "
            "AS 'SELECT gen_random_uuid()'"
        )
        for column, expected in COLUMNS.items():
            if any(one.startswith("required") for one in expected) or "nanoid" in column or "geometry" in column:
                continue
            connection.execute("CREATE TABLE t (id bigint PRIMARY KEY, a integer)")
            connection.execute("INSERT INTO t SELECT n, n FROM generate_series(1, 10) AS n")
            if "mood" not in column:
                before = connection.execute("SELECT pg_relation_filenode('t')").fetchone()
                with connection.transaction():
                    start = connection.execute("SELECT pg_stat_get_xact_numscans('t'::regclass)").fetchone()
                    connection.execute(f"ALTER TABLE t ADD COLUMN {column}".encode())
                    end = connection.execute("SELECT pg_stat_get_xact_numscans('t'::regclass)").fetchone()
                    now = connection.execute("SELECT pg_relation_filenode('t')").fetchone()
                hurts = before != now or start != end
                if hurts is not any(one.endswith("error") for one in expected):
                    lies.append(f"{column}: rewritten or read: {hurts}, expected {expected}")
            connection.execute("DROP TABLE t")
    assert not lies, "\n".join(lies)


def test_functions_of_the_project(find: Find) -> None:
    made = """
        CREATE FUNCTION steady() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'x' $$;
        CREATE FUNCTION inlined() RETURNS text LANGUAGE sql AS $$ SELECT upper('x') $$;
        CREATE FUNCTION nested() RETURNS text LANGUAGE sql AS $$ SELECT inlined() $$;
        CREATE FUNCTION random_inside() RETURNS text LANGUAGE sql AS $$ SELECT random()::text $$;
        CREATE FUNCTION reads() RETURNS text LANGUAGE sql AS $$ SELECT a::text FROM t LIMIT 1 $$;
        CREATE FUNCTION block() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'x'; END $$;
        CREATE FUNCTION calm_block() RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN 'x'; END $$;
        CREATE FUNCTION calmed() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'x'; END $$;
        ALTER FUNCTION calmed() IMMUTABLE;
    """
    verdicts = {
        name: find(TABLE, made, f"ALTER TABLE t ADD COLUMN c text DEFAULT {name}();", of=OF)
        for name in ("steady", "inlined", "nested", "random_inside", "reads", "block", "calm_block", "calmed")
    }
    found = ["column-default-rewrites-table error 1"]
    assert {name for name, told in verdicts.items() if told == found} == {"random_inside", "reads", "block"}
    assert all(told in (found, []) for told in verdicts.values())


@pytest.mark.majors(14, 18)
def test_what_is_inlined_is_inlined(server: scratch.Server, database: str) -> None:
    """A volatile function in SQL that only calls steady ones rewrites nothing; one that reads a table does."""
    with connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (a integer); INSERT INTO t VALUES (1)")
        connection.execute("CREATE FUNCTION inlined() RETURNS text LANGUAGE sql AS $$ SELECT upper('x') $$")
        connection.execute("CREATE FUNCTION reads() RETURNS text LANGUAGE sql AS $$ SELECT a::text FROM t LIMIT 1 $$")
        files = [connection.execute("SELECT pg_relation_filenode('t')").fetchone()]
        for number, name in enumerate(("inlined", "reads")):
            connection.execute(f"ALTER TABLE t ADD COLUMN c{number} text DEFAULT {name}()".encode())
            files.append(connection.execute("SELECT pg_relation_filenode('t')").fetchone())
    assert files[0] == files[1] != files[2]


def test_domains(find: Find) -> None:
    made = """
        CREATE DOMAIN plain AS text;
        CREATE DOMAIN checked AS integer CHECK (VALUE > 0);
        CREATE DOMAIN later AS integer;
        ALTER DOMAIN later ADD CONSTRAINT positive CHECK (VALUE > 0) NOT VALID;
        CREATE DOMAIN above AS checked;
        CREATE DOMAIN drawn AS uuid DEFAULT gen_random_uuid();
        CREATE DOMAIN given AS integer DEFAULT 5;
        CREATE DOMAIN needed AS integer NOT NULL;
        CREATE TYPE mood AS ENUM ('fine');
        CREATE TYPE pair AS (one integer, two integer);
    """
    kinds = ("plain", "checked", "later", "above", "drawn", "given", "needed", "mood", "pair", "checked[]")
    verdicts = {kind: find(TABLE, made, f"ALTER TABLE t ADD COLUMN c {kind};", of=OF) for kind in kinds}
    rewrites = "domain-column-rewrites-table error 1"
    assert verdicts == {
        "plain": [],
        "checked": [rewrites],
        "later": [rewrites],
        "above": [rewrites],
        "drawn": ["column-default-rewrites-table error 1"],
        "given": [],
        "needed": ["required-column-without-default error 1", rewrites],
        "mood": [],
        "pair": [],
        "checked[]": [],
    }


@pytest.mark.parametrize("given", [TABLE, "SELECT 1;"])
def test_an_old_table(find: Find, given: str) -> None:
    """Made by an earlier migration, or by nobody who wrote it down."""
    assert find(given, "ALTER TABLE t ADD COLUMN c serial;", of=OF) == ["serial-column-rewrites-table error 1"]


def test_a_new_table(find: Find) -> None:
    every = ", ".join(f"ADD COLUMN {column.replace('c ', f'c{n} ', 1)}" for n, column in enumerate(COLUMNS))
    assert find(TABLE + f"ALTER TABLE t {every};", of=tuple(one for one in OF if one != OF[-1])) == []
    made = "CREATE TABLE IF NOT EXISTS t (id bigint); ALTER TABLE t ADD COLUMN c serial;"
    assert find(made, of=OF) == ["serial-column-rewrites-table note 1"]
    assert find("CREATE TEMP TABLE t (id bigint); ALTER TABLE t ADD COLUMN c serial;", of=OF) == []


def test_a_column_that_is_there_already(find: Find) -> None:
    again = "ALTER TABLE t ADD COLUMN IF NOT EXISTS a integer NOT NULL;"
    assert find(TABLE, again, of=OF) == []
    assert find("SELECT 1;", again, of=OF) == ["required-column-without-default error 1"]


def test_at_its_place_in_a_block(find: Find) -> None:
    block = """DO $$
    BEGIN
      IF true THEN
        ALTER TABLE public.t
          ADD COLUMN b text,
          ADD COLUMN c uuid DEFAULT gen_random_uuid();
      END IF;
      EXECUTE 'ALTER TABLE t ADD COLUMN d serial';
    END $$;
    """
    told = find(TABLE, block, of=OF)
    assert told == ["column-default-rewrites-table error 6", "serial-column-rewrites-table error 8"]


def test_a_reference_to_a_new_table(find: Find) -> None:
    made = "CREATE TABLE other (id bigint PRIMARY KEY); ALTER TABLE t ADD COLUMN c bigint REFERENCES other;"
    assert find(TABLE, made, of=OF) == []


@pytest.mark.parametrize(
    ("parent", "child", "found"),
    [
        ("id bigint PRIMARY KEY", "p integer REFERENCES parent", True),
        ("id bigserial PRIMARY KEY", "p bigint REFERENCES parent (id)", False),
        ("id serial PRIMARY KEY", "p bigint REFERENCES parent (id)", True),
        ("id uuid, PRIMARY KEY (id)", "p text, FOREIGN KEY (p) REFERENCES parent", True),
        ("id varchar(20) PRIMARY KEY", "p text REFERENCES parent", False),
        ("id numeric(10) PRIMARY KEY", "p numeric REFERENCES parent", False),
        (
            "a integer, b bigint, PRIMARY KEY (a, b)",
            "x integer, y integer, FOREIGN KEY (x, y) REFERENCES parent",
            True,
        ),
        (
            "a integer, b bigint, PRIMARY KEY (a, b)",
            "x integer, y bigint, FOREIGN KEY (x, y) REFERENCES parent",
            False,
        ),
        ("id number PRIMARY KEY", "p integer REFERENCES parent", False),
    ],
)
def test_types_of_keys(find: Find, parent: str, child: str, found: bool) -> None:
    made = f"CREATE DOMAIN number AS integer; CREATE TABLE parent ({parent});"
    assert bool(find(made, f"CREATE TABLE child ({child});", of=OF[-1:])) is found
    assert bool(find(made + f"CREATE TABLE child ({child});", of=OF[-1:])) is found


def test_types_of_keys_that_come_later(find: Find) -> None:
    made = "CREATE TABLE parent (id bigint PRIMARY KEY); CREATE TABLE child (p integer);"
    added = "ALTER TABLE child ADD CONSTRAINT child_p FOREIGN KEY (p) REFERENCES parent NOT VALID;"
    assert find(made, added, of=OF[-1:]) == ["reference-of-another-type warning 1"]
    widened = "ALTER TABLE child ALTER COLUMN p TYPE bigint;"
    assert find(made, widened, added, of=OF[-1:]) == []
    itself = "CREATE TABLE tree (id bigint PRIMARY KEY, parent integer REFERENCES tree);"
    assert find(itself, of=OF[-1:]) == ["reference-of-another-type warning 1"]
