"""Tables of ours that somebody with fewer rights has made beforehand run none of their code with our rights."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from rowkeep.database.catalog.state import read_state_of
from rowkeep.database.connection.session import connect
from rowkeep.database.queries import load_query
from rowkeep.database.store import environment, expected_structure, roundtrips
from rowkeep.domain.history.environment import EnvironmentKind
from rowkeep.domain.history.ledger import HistoryTable
from rowkeep.errors import Refused

HISTORY = HistoryTable()
MADE = load_query("history.create").decode().replace("{history}", "public.pgmigrations")
PLANTED = {
    "trigger": "CREATE TRIGGER x BEFORE INSERT ON public.pgmigrations FOR EACH STATEMENT EXECUTE FUNCTION mal.fire()",
    "default": "ALTER TABLE public.pgmigrations ADD note int DEFAULT mal.number(1)",
    "built-in default": "ALTER TABLE public.pgmigrations ADD x xml DEFAULT query_to_xml('TABLE x', true, true, '')",
    "lookalike of a default": """CREATE FUNCTION mal.now() RETURNS timestamp LANGUAGE sql
            AS 'SELECT mal.number(1)::text::timestamp';
        ALTER TABLE public.pgmigrations ALTER run_on SET DEFAULT mal.now()""",
    "check": "ALTER TABLE public.pgmigrations ADD CHECK (mal.number(id) = 1)",
    "operator in a known check": """CREATE OPERATOR mal.= (leftarg = text, rightarg = text, function = mal.equal);
        ALTER TABLE public.pgmigrations ADD word text
            CHECK (word OPERATOR(mal.=) ANY (ARRAY['up'::text, 'down'::text]))""",
    "generated": "ALTER TABLE public.pgmigrations ADD twice int GENERATED ALWAYS AS (mal.number(id)) STORED",
    "index": "CREATE INDEX ON public.pgmigrations (mal.number(1))",
    "predicate": "CREATE INDEX ON public.pgmigrations (id) WHERE mal.number(1) = 1",
    "statistics": "CREATE STATISTICS public.s ON id, (mal.number(1)) FROM public.pgmigrations",
    "domain": """CREATE DOMAIN mal.word AS varchar CHECK (mal.number(length(VALUE)) > 0);
        ALTER TABLE public.pgmigrations ALTER name TYPE mal.word""",
    "rule": """CREATE RULE x AS ON INSERT TO public.pgmigrations DO ALSO SELECT mal.number(1)""",
    "view": """ALTER TABLE public.pgmigrations RENAME TO hidden;
        CREATE VIEW public.pgmigrations AS SELECT mal.number(id) AS id, name, run_on FROM public.hidden""",
    "child": "CREATE TABLE public.child () INHERITS (public.pgmigrations)",
    "partitioned": """DROP TABLE public.pgmigrations; CREATE TABLE public.pgmigrations
        (id int, name varchar(255), run_on timestamp) PARTITION BY RANGE (id)""",
    "reference": """CREATE TABLE mal.child (id int REFERENCES public.pgmigrations ON DELETE CASCADE);
        CREATE TRIGGER x AFTER DELETE ON mal.child FOR EACH ROW EXECUTE FUNCTION mal.fire()""",
}
"""What a role that owns the table can put on it. Several are run by a SELECT, or by its planning, alone."""

CREATE_OWN_TABLES = (
    "ledger.create_schema",
    "ledger.create_edition_1",
    "environment.create_table",
    "expected_structure.create_table",
    "roundtrips.create_table",
)
LEDGER = {
    "ledger trigger": "CREATE TRIGGER x BEFORE INSERT ON rowkeep.run FOR EACH ROW EXECUTE FUNCTION mal.fire()",
    "ledger view": """ALTER TABLE rowkeep.environment RENAME TO hidden;
        CREATE VIEW rowkeep.environment AS SELECT mal.number(id::int) AS id, kind, database, oid, system, at, role,
            because FROM rowkeep.hidden""",
    "structure": "ALTER TABLE rowkeep.structure ADD x int DEFAULT mal.number(1)",
    "roundtrip": "CREATE INDEX ON rowkeep.roundtrip (mal.number(1))",
}
CODE = """
CREATE SCHEMA mal AUTHORIZATION mallory;
SET SESSION AUTHORIZATION mallory;
CREATE TABLE mal.x ();
CREATE FUNCTION mal.number(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
$$ BEGIN IF session_user <> 'mallory' THEN RAISE 'planted code ran'; END IF; RETURN $1; END $$;
CREATE FUNCTION mal.equal(text, text) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT mal.number(1) = 1';
CREATE FUNCTION mal.fire() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE 'planted code ran'; END $$;
"""


def prepare(database: str) -> psycopg.Connection[Any]:
    """Mallory, who may create in public, and functions of hers; the session is hers."""
    connection = psycopg.connect(database, autocommit=True)
    name = connection.info.dbname
    connection.execute("CREATE ROLE mallory LOGIN")
    connection.execute(f"GRANT CREATE ON DATABASE {name} TO mallory".encode())
    connection.execute("GRANT CREATE, USAGE ON SCHEMA public TO mallory")
    connection.execute(f"ALTER DATABASE {name} SET track_functions = 'all'".encode())
    connection.execute(CODE)
    return connection


def make(connection: psycopg.Connection[Any]) -> None:
    connection.execute(MADE.encode())
    for name in CREATE_OWN_TABLES:
        connection.execute(load_query(name))


def called(database: str) -> list[str]:
    with psycopg.connect(database, autocommit=True) as looking:
        rows = looking.execute("SELECT funcname FROM pg_stat_user_functions WHERE schemaname = 'mal' AND calls > 0")
        return [row[0] for row in rows]


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_nothing_planted_in_our_tables_is_run(database: str) -> None:
    with prepare(database) as mallory:
        last = ""
        for kind, planted in {**PLANTED, **LEDGER}.items():
            with mallory.transaction():
                mallory.execute("DROP SCHEMA IF EXISTS rowkeep CASCADE")
                if last == "view":
                    mallory.execute("DROP VIEW public.pgmigrations")
                mallory.execute("DROP TABLE IF EXISTS public.pgmigrations, public.hidden CASCADE")
                make(mallory)
                mallory.execute(planted.encode())
            with connect(database) as session, pytest.raises(Refused) as refused:
                read_state_of(session, HISTORY)
            assert "planted code ran" not in str(refused.value.why)
            assert "mallory" in str(refused.value.why), kind
            assert refused.value.where, kind
            last = kind
    assert set(called(database)) <= {"number", "now"}  # by mallory's own DDL


@pytest.mark.majors(14, 18)
def test_a_history_of_another_role_is_read_and_written_where_it_holds_no_code(database: str) -> None:
    with prepare(database) as mallory:
        make(mallory)
    with connect(database) as session:
        assert read_state_of(session, HISTORY).history_exists
        assert environment.mark_environment(session, EnvironmentKind.DEVELOPMENT).kind is EnvironmentKind.DEVELOPMENT
        assert expected_structure.load_expected(session) is None
        assert roundtrips.load_roundtrips(session, HISTORY) == frozenset()
        assert ("public", "pgmigrations") in session.own_tables.shared


@pytest.mark.majors(14, 18)
def test_what_its_owner_put_there_works_for_its_owner(database: str) -> None:
    """And for a group that nobody else can become; a trigger of somebody with the TRIGGER right does not."""
    with prepare(database) as mallory:
        make(mallory)
        mallory.execute("RESET SESSION AUTHORIZATION")
        for statement in (
            "CREATE ROLE owner NOLOGIN",
            "CREATE ROLE migrator LOGIN IN ROLE owner",
            "CREATE SCHEMA app AUTHORIZATION owner",
            "GRANT USAGE ON SCHEMA public, app TO PUBLIC",
            "SET ROLE owner",
            "CREATE TABLE app.h (id SERIAL PRIMARY KEY, name varchar(255), run_on timestamp)",
            "CREATE FUNCTION app.fine() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            "CREATE TRIGGER fine BEFORE INSERT ON app.h FOR EACH ROW EXECUTE FUNCTION app.fine()",
        ):
            mallory.execute(statement.encode())
        history = HistoryTable("app", "h")
        migrator = psycopg.conninfo.make_conninfo(database, user="migrator")
        mallory.execute("RESET ROLE")
        mallory.execute(
            "GRANT SELECT ON ALL TABLES IN SCHEMA rowkeep TO migrator; GRANT USAGE ON SCHEMA rowkeep TO migrator"
        )
        with connect(migrator) as session:
            assert read_state_of(session, history).history_exists
        # The superuser does more than members of the owner may: not for them.
        with connect(database) as session, pytest.raises(Refused, match="code of another role"):
            read_state_of(session, history)
        mallory.execute("ALTER TABLE app.h OWNER TO postgres; ALTER FUNCTION app.fine OWNER TO postgres")
        mallory.execute("ALTER SCHEMA app OWNER TO postgres")
        with connect(database) as session:
            read_state_of(session, history)
            assert ("app", "h") in session.own_tables.trusted
        mallory.execute("GRANT TRIGGER ON app.h TO mallory")
        mallory.execute("SET SESSION AUTHORIZATION mallory")
        mallory.execute("CREATE TRIGGER x AFTER INSERT ON app.h FOR EACH ROW EXECUTE FUNCTION mal.fire()")
        with connect(database) as session, pytest.raises(Refused) as refused:
            read_state_of(session, history)
        assert "mal.fire() of the role mallory" in str(refused.value.why)


@pytest.mark.majors(14, 18)
def test_a_trigger_that_comes_between_look_and_use_is_not_run(database: str) -> None:
    with prepare(database) as mallory, connect(database) as session:
        make(mallory)
        read_state_of(session, HISTORY)
        mallory.execute(LEDGER["ledger trigger"].encode())
        with pytest.raises(Refused):
            session.do(
                "ledger.finish_run", {"run": "00000000-0000-0000-0000-000000000000", "outcome": "x", "details": "{}"}
            )
