"""What a migration sets ends with it, our records are ours, and no setting of a role or database ends our sessions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from rowkeep.config import Settings
from rowkeep.database.connection.session_policy import RUN_LOCK_KEY
from rowkeep.domain.event import Noted
from rowkeep.errors import Failed, HalfDone

SETS = """
SET SESSION AUTHORIZATION other;
SET ROLE third;
RESET SESSION AUTHORIZATION;
SET ROLE other;
SET search_path = elsewhere;
SET TimeZone = 'Asia/Tokyo';
SET DateStyle = 'German, DMY';
SET IntervalStyle = sql_standard;
SET bytea_output = escape;
SET standard_conforming_strings = off;
SET row_security = off;
SET default_transaction_read_only = on;
SET default_transaction_isolation = serializable;
SET default_tablespace = '';
SET check_function_bodies = off;
SET statement_timeout = '3s';
SET transform_null_equals = on;
SET synchronous_commit = off;
SET my.own = 'left';
"""
HOLDS = """
CREATE TEMP TABLE scratch (id int);
CREATE TEMP TABLE pgmigrations (id int);
PREPARE asked AS SELECT 1;
DECLARE kept CURSOR WITH HOLD FOR SELECT 1;
LISTEN heard;
SELECT pg_catalog.pg_advisory_lock(77), pg_catalog.pg_advisory_lock(77), pg_catalog.pg_advisory_lock_shared(3, -4);
"""
SEEN = """
CREATE TABLE public.seen AS SELECT s.name, s.setting FROM pg_catalog.pg_settings AS s;
CREATE TABLE public.held AS
SELECT 'prepared' AS kind, p.name FROM pg_catalog.pg_prepared_statements AS p WHERE p.name NOT LIKE 'rowkeep%'
UNION ALL SELECT 'cursor', c.name FROM pg_catalog.pg_cursors AS c WHERE c.is_holdable
UNION ALL SELECT 'channel', l FROM pg_catalog.pg_listening_channels() AS l
UNION ALL SELECT 'temporary', c.relname FROM pg_catalog.pg_class AS c WHERE c.relpersistence = 't' AND c.relkind = 'r'
UNION ALL SELECT 'lock', l.objid::text FROM pg_catalog.pg_locks AS l
          WHERE l.locktype = 'advisory' AND l.pid = pg_catalog.pg_backend_pid() AND l.objid IN (77, 4294967292)
UNION ALL SELECT 'user', u FROM (VALUES (current_user), (session_user)) AS v (u) WHERE u <> 'postgres'
UNION ALL SELECT 'custom', v FROM pg_catalog.current_setting('my.own', true) AS v WHERE v <> '';
"""


@pytest.fixture
def roles(project: Any) -> Iterator[None]:
    """The roles `other` and `third`, which may make tables."""
    project.sql("CREATE ROLE other LOGIN")
    project.sql("CREATE ROLE third")
    project.sql("GRANT third TO other")
    project.sql("GRANT CREATE ON SCHEMA public TO other, third")
    project.sql("CREATE SCHEMA elsewhere AUTHORIZATION other")
    yield


def seen(project: Any) -> tuple[dict[str, str], list[tuple[str, str]]]:
    return dict(project.sql("SELECT name, setting FROM public.seen")), project.sql("SELECT * FROM public.held")


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_nothing_of_a_migration_reaches_the_next_one_or_the_record(project: Any, roles: None) -> None:
    project.write("1_a", SEEN)
    project.run()
    wanted, held = seen(project)
    assert held == []
    project.sql("DROP TABLE public.seen")
    project.sql("DROP TABLE public.held")
    project.write("2_sets", HOLDS + SETS)
    project.write("3_b", SEEN)
    project.run()
    found, held = seen(project)
    assert held == []
    differing = {name: (wanted[name], value) for name, value in found.items() if wanted[name] != value}
    assert differing == {}
    said = [event.message for event in project.events if isinstance(event, Noted)]
    assert [each for each in said if "advisory lock" in each] == [
        "2_sets did not release the advisory lock (77): Rowkeep released it",
        "2_sets did not release the advisory lock (3, -4): Rowkeep released it",
    ]
    # The record is in local time of the server, and of the role that logged in.
    assert project.sql("SELECT max(run_on) - min(run_on) < '1 hour', min(id) > 0 FROM pgmigrations") == [(True, True)]
    assert project.sql("SELECT DISTINCT tableowner FROM pg_tables WHERE tablename = 'pgmigrations'") == ["postgres"]


@pytest.mark.majors(14, 18)
def test_the_same_outside_a_transaction(project: Any, roles: None) -> None:
    project.sql("CREATE TABLE elsewhere.t (id int)")
    project.sql("ALTER TABLE elsewhere.t OWNER TO other")
    # Only what a transaction of the file's own begins reads alone: our marks and the record are written all the same.
    project.write("1_a", f"{SETS} SET default_transaction_read_only = off; CREATE INDEX CONCURRENTLY i ON t (id);")
    project.write("2_b", SEEN)
    project.run()
    found, held = seen(project)
    assert held == [] and found["TimeZone"] != "Asia/Tokyo" and found["search_path"] == '"public"'
    # What it sets holds until its end.
    assert project.sql("SELECT schemaname FROM pg_indexes WHERE indexname = 'i'") == ["elsewhere"]
    project.sql("DROP TABLE public.seen")
    project.sql("DROP TABLE public.held")
    project.write("3_c", f"{SETS} SET TimeZone = 'Asia/Tokyo'; CREATE TEMP TABLE left_over (id int);")
    project.write("4_d", SEEN)
    project.run()
    found, held = seen(project)
    assert held == [] and found["TimeZone"] != "Asia/Tokyo"


@pytest.mark.majors(14, 18)
def test_a_failure_outside_a_transaction_is_recorded_by_ourselves(project: Any, roles: None) -> None:
    """`SET ROLE` of the file would not let us write, and its path would find another table."""
    project.write("1_a", "CREATE TABLE public.a (id int); INSERT INTO public.a VALUES (1), (1);")
    project.run()
    project.sql("ALTER TABLE public.a OWNER TO other")
    project.write("2_b", "SET ROLE other;\nSET search_path = public;\nCREATE UNIQUE INDEX CONCURRENTLY u ON a (id);")
    with pytest.raises(Exception, match="half done"):
        project.run()
    assert project.sql("SELECT outcome FROM rowkeep.entry ORDER BY id DESC LIMIT 1") == ["failed"]
    assert project.sql("SELECT count(*) FROM pg_class WHERE relname = 'u'") == [0]
    project.sql("DELETE FROM public.a")
    project.run()
    assert project.names() == ["1_a", "2_b"]
    assert project.sql("SELECT tableowner FROM pg_tables WHERE tablename = 'a'") == ["other"]


ENCODINGS = (
    ("SET client_encoding = 'LATIN1';\nINSERT INTO town VALUES ('Zürich');", 2),
    ("SET NAMES 'LATIN1';\nINSERT INTO town VALUES ('Zürich');", 2),
    ("SELECT set_config('client_encoding', 'LATIN1', false);\nINSERT INTO town VALUES ('Zürich');", 2),
    ("DO $$ BEGIN EXECUTE 'SET ' || 'client_encoding = LATIN1'; END $$;\nSELECT 'Zürich';", 2),
    ("SET client_encoding = 'LATIN1';\nINSERT INTO town VALUES ('Zürich');\nSET client_encoding = 'UTF8';", 2),
    ("SELECT 1;\nSET NAMES 'LATIN1';\nINSERT INTO town VALUES ('Zürich');\nRESET client_encoding;", 3),
    ("SET LOCAL client_encoding = 'LATIN1';\nINSERT INTO town VALUES ('Zürich');\nRESET ALL;", 2),
    ("UPDATE pg_settings SET setting = 'LATIN1' WHERE name = 'client_encoding';\nSELECT 'Zürich';\nRESET ALL;", 2),
    ("SELECT public.hidden();\nINSERT INTO town VALUES ('Zürich');\nRESET ALL;", 2),
)


@pytest.mark.majors(14, 18)
def test_another_encoding_than_the_file_has_is_refused(project: Any) -> None:
    project.sql("CREATE TABLE town (name text)")
    project.sql(
        "CREATE FUNCTION hidden() RETURNS void LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_catalog.set_config(''client_encoding'', ''LATIN1'', false); END'"
    )
    for text, line in ENCODINGS:
        path = project.write("1_a", text)
        with pytest.raises(Failed, match="was not applied") as refused:
            project.run()
        assert "client_encoding is LATIN1" in (refused.value.why or "")
        assert refused.value.where is not None and f":{line}:" in str(refused.value.where), text
        assert project.sql("SELECT count(*) FROM town") == [0] and project.names() == []
        path.unlink()
    project.write("1_a", "SET client_encoding = 'UTF8';\nINSERT INTO town VALUES ('Zürich');\nSET NAMES DEFAULT;")
    project.run()
    assert project.sql("SELECT length(name) FROM town") == [6]


@pytest.mark.majors(14, 18)
def test_another_encoding_is_refused_outside_a_transaction(project: Any) -> None:
    project.sql("CREATE TABLE town (name text)")
    project.write(
        "1_a",
        "-- rowkeep: no-transaction\nCREATE TABLE made (id int);\nSET client_encoding = 'LATIN1';\n"
        "INSERT INTO town VALUES ('Zürich');\nRESET client_encoding;",
    )
    with pytest.raises(HalfDone, match="half done") as refused:
        project.run()
    assert "client_encoding is LATIN1 after this statement" in (refused.value.why or "")
    assert ":4:" in str(refused.value.where)
    assert project.sql("SELECT count(*) FROM town") == [0] and project.names() == []


ROLE_SETTINGS = {
    "statement_timeout": "300ms",
    "lock_timeout": "1ms",
    "idle_in_transaction_session_timeout": "300ms",
    "idle_session_timeout": "300ms",
    "default_transaction_read_only": "on",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "row_security": "off",
    "DateStyle": "German",
    "IntervalStyle": "sql_standard",
    "bytea_output": "escape",
    "extra_float_digits": "0",
    "standard_conforming_strings": "off",
    "session_replication_role": "replica",
    "quote_all_identifiers": "on",
    "array_nulls": "off",
    "client_encoding": "LATIN1",
    "search_path": "nowhere",
}


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_settings_of_a_role_do_not_end_our_sessions(project: Any) -> None:
    major = project.sql("SHOW server_version_num")[0][:2]
    project.sql("CREATE ROLE slow SUPERUSER LOGIN")
    for name, value in {**ROLE_SETTINGS, **({"transaction_timeout": "300ms"} if int(major) >= 17 else {})}.items():
        project.sql(f"ALTER ROLE slow SET {name} = '{value}'")
    project.write("1_a", "CREATE TABLE t (id int PRIMARY KEY, name text); SELECT pg_sleep(0.5);")
    project.write("2_b", "INSERT INTO t VALUES (1, 'Zürich\\n');\nCREATE TABLE day AS SELECT '2.1.2026'::date AS d;")
    project.write("3_c", "CREATE INDEX CONCURRENTLY i ON t (name);\nCREATE TABLE nulls AS VALUES ('{NULL}'::text[]);")
    conninfo, project.conninfo = project.conninfo, f"{project.conninfo} user=slow"
    project.run()
    project.conninfo = conninfo
    assert project.names() == ["1_a", "2_b", "3_c"]
    assert project.sql("SELECT length(name) FROM t") == [8]
    # The text itself finds the forms that the role has.
    assert project.sql("SELECT d::text FROM day") == ["2026-01-02"]
    assert project.sql("SELECT column1[1] FROM nulls") == ["NULL"]
    assert project.sql("SELECT count(*) FROM rowkeep.entry") == [3]


@pytest.mark.majors(18)
def test_the_run_lock_outlives_a_migration_that_releases_all_locks(project: Any) -> None:
    project.write("1_a", "SELECT pg_catalog.pg_advisory_unlock_all();")
    key = Settings().run_lock_key
    project.settings = replace(project.settings, run_lock_key=key)
    project.write(
        "2_b",
        "CREATE TABLE held AS SELECT count(*) AS n FROM pg_catalog.pg_locks AS l"
        " WHERE l.locktype = 'advisory' AND l.pid = pg_catalog.pg_backend_pid();",
    )
    project.run()
    assert project.sql("SELECT n FROM held") == [1]
    assert any("it was taken again" in event.message for event in project.events if isinstance(event, Noted))


@pytest.mark.majors(14, 18)
def test_a_python_migration_leaves_nothing(project: Any, roles: None) -> None:
    (project.migrations / "1_p.py").write_text(
        "def up(db):\n    db.execute('SET ROLE other')\n    db.execute(\"SET TimeZone = 'Asia/Tokyo'\")\n"
        "    db.execute('CREATE TEMP TABLE left_over (id int)')\n"
    )
    (project.migrations / "2_p.py").write_text(
        "TRANSACTION = False\n\n\ndef up(db):\n    db.execute('SET ROLE other')\n"
        "    db.execute('PREPARE p AS SELECT 1')\n"
        "    db.execute('CREATE TABLE public.made (id int)')\n"
    )
    project.write("3_b", SEEN)
    project.run()
    found, held = seen(project)
    assert held == [] and found["TimeZone"] != "Asia/Tokyo"
    assert project.sql("SELECT tableowner FROM pg_tables WHERE tablename = 'made'") == ["other"]


@pytest.mark.majors(14, 18)
def test_up_warns_where_text_sorts_otherwise_than_when_indexes_were_built(project: Any) -> None:
    project.sql("CREATE COLLATION public.de (locale = 'C')")
    project.sql("CREATE TABLE t (id int PRIMARY KEY, name text COLLATE public.de UNIQUE)")
    project.write("1_a", "CREATE TABLE a (id int)")
    project.run()
    assert not [one for one in project.events if isinstance(one, Noted) and "collation" in one.message]
    project.sql("UPDATE pg_collation SET collversion = '1' WHERE collname = 'de'")
    on_database = project.sql("SELECT to_jsonb(d) ? 'datcollversion' FROM pg_database d WHERE datname = 'template0'")[
        0
    ]
    if on_database:
        project.sql("UPDATE pg_database SET datcollversion = '2' WHERE datname = current_database()")
    project.write("2_b", "CREATE TABLE b (id int)")
    project.run()
    [noted] = [one for one in project.events if isinstance(one, Noted) and "collation has changed" in one.message]
    assert noted.warning
    assert "public.de, from 1 to none" in noted.message
    assert ("the database's own, from 2 to none" in noted.message) is on_database


@pytest.mark.majors(14, 18)
@pytest.mark.parametrize("outside", [False, True])
def test_a_python_migration_keeps_the_encoding(project: Any, outside: bool) -> None:
    """Also where it catches the first complaint, and where the change came from a function."""
    project.sql("CREATE TABLE town (name text)")
    (project.migrations / "1_p.py").write_text(
        f"TRANSACTION = {not outside}\n\n\ndef up(db):\n    try:\n"
        "        db.query(\"SELECT set_config('client_' || 'encoding', 'LATIN1', false)\")\n"
        "    except ValueError:\n        pass\n"
        "    db.execute(\"INSERT INTO town VALUES ('Zürich')\")\n"
    )
    with pytest.raises((Failed, HalfDone)) as refused:
        project.run()
    assert "client_encoding is LATIN1 now" in (refused.value.why or "")
    assert ":9:" in str(refused.value.where)
    assert project.sql("SELECT count(*) FROM town") == [0] and project.names() == []


@pytest.mark.majors(18)
def test_the_run_lock_is_taken_once(project: Any) -> None:
    """A migration that gives it back once has given it back: PostgreSQL counts, and there is nothing left to count."""
    project.write("1_a", f"CREATE TABLE a (id int); SELECT pg_advisory_unlock({RUN_LOCK_KEY});")
    project.run()
    assert project.names() == ["1_a"]
    notes = [event.message for event in project.events if isinstance(event, Noted)]
    assert "1_a has released the migration lock of this run; it was taken again" in notes
