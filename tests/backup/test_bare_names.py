"""Functions that look names up by search_path: named when the backup is taken, and restored all the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from rowkeep import backup as backups
from rowkeep.backup import program_messages, search_path_retry
from rowkeep.backup.bare_names import Function, find_bare_functions
from rowkeep.domain.event import Event, Noted
from rowkeep.scratch import Server

NAMES = {"function": {"plain"}, "relation": {"page"}, "type": {"mood"}, "operator": {"%>"}}


def function(name: str, body: str, *, called: bool = True) -> Function:
    return Function("public", name, "t text", body, called)


@pytest.mark.parametrize(
    "body",
    [
        "SELECT plain(t)",
        'SELECT "plain" (t)',
        "SELECT count(*) FROM page",
        "SELECT 1 FROM app.other JOIN /* it */ Page USING (a)",
        "SELECT t::mood",
        "SELECT cast(t AS mood)",
        "SELECT t %> 'x'",
        "BEGIN RETURN plain(t); END",
    ],
)
def test_a_bare_name_is_seen(body: str) -> None:
    assert find_bare_functions([function("slug", body)], NAMES) == ("public.slug(t text)",)


@pytest.mark.parametrize(
    "body",
    [
        "SELECT public.plain(t)",
        "SELECT lower(t) -- plain(t)",
        "SELECT 'plain(t) FROM page'",
        "SELECT page FROM app.other",
        "SELECT page.a FROM public.page",
        "SELECT t::public.mood",
        "SELECT t::text",
    ],
)
def test_what_is_found_anyway_is_not_named(body: str) -> None:
    assert find_bare_functions([function("slug", body)], NAMES) == ()


def test_what_is_called_by_another_counts_and_what_nobody_calls_does_not() -> None:
    outer = function("outer", "SELECT public.within(t)")
    inner = function("within", "SELECT plain(t)", called=False)
    idle = function("idle", "SELECT plain(t)", called=False)
    assert find_bare_functions([outer, inner, idle], NAMES) == ("public.within(t text)",)


def test_only_a_name_that_a_function_missed_is_such_a_complaint() -> None:
    missed = (
        'error: COPY failed for table "page": ERROR:  function plain(text) does not exist\n'
        "CONTEXT:  PL/pgSQL function public.slug(text) line 1 at RETURN"
    )
    role = 'error: could not execute query: ERROR:  role "x" does not exist\nCommand was: ALTER FUNCTION a OWNER TO x;'
    german = "error: could not execute query: FEHLER:  Funktion plain(text) existiert nicht"
    assert program_messages.has_bare_name([role, missed]) and program_messages.has_bare_name([german])
    assert not program_messages.has_bare_name([role])


GENERATED = """
CREATE FUNCTION plain(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT lower(t) $$;
CREATE FUNCTION slug(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN plain(t) || '-s'; END $$;
CREATE TABLE page (id int PRIMARY KEY, title text, s text GENERATED ALWAYS AS (slug(title)) STORED);
INSERT INTO page VALUES (1, 'Ab')
"""
INDEX = """
CREATE SCHEMA app; SET search_path = app;
CREATE TYPE mood AS ENUM ('sad', 'wild');
CREATE FUNCTION felt(t text) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT CASE t::mood WHEN 'sad' THEN 1 END $$;
CREATE TABLE page (id int PRIMARY KEY, title text);
INSERT INTO page VALUES (1, 'sad');
CREATE INDEX page_felt ON page (felt(title));
CREATE FUNCTION small() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM page $$;
CREATE MATERIALIZED VIEW counted AS SELECT small() AS n
"""


@pytest.mark.server
@pytest.mark.majors(14, 16, 18)
@pytest.mark.parametrize("known", [True, False], ids=["known", "found out"])
def test_restored_with_a_search_path(
    server: Server, database: str, tmp_path: Path, heard: list[Event], known: bool
) -> None:
    # From 17 on, PostgreSQL itself makes no index with a function that needs a search_path.
    index = not known and server.major < 17
    made = INDEX if index else GENERATED
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {connection.info.dbname} SET search_path = app, public".encode())
        connection.execute(made.encode())
    backup = backups.take_backup(database, server.programs, str(tmp_path), emit=heard.append)
    warned = [event.message for event in heard if isinstance(event, Noted) and "search_path" in event.message]
    if index:
        assert backup.bare_functions == ("app.felt(t text)", "app.small()") and len(warned) == 1
    else:
        assert backup.bare_functions == ("public.slug(t text)",)
        assert "ALTER FUNCTION public.slug(t text) SET search_path = app, public;" in warned[0]
        assert backups.read_manifest(backup.manifest_path) == backup
    if not known:
        # As if the reading of the bodies had seen nothing.
        backup = replace(backup, bare_functions=())
    assert search_path_retry.search_path_options(backup.properties, backup.roles) == ("app", "public", "$user")
    restored = backups.restore_into(backup, server.programs, database, "like_it", emit=heard.append)
    assert restored.structure_compared and restored.remarks[0].startswith(
        "during the restore, search_path was set to app, public"
    )
    with psycopg.connect(server.conninfo("like_it")) as connection:
        assert connection.execute(
            "SELECT count(*) FROM pg_proc WHERE proconfig IS NOT NULL AND oid >= 16384"
        ).fetchone() == (0,)
    assert any(isinstance(event, Noted) and "restoring again" in event.message for event in heard) != known
    proven, _ = backups.prove_backup(backup, server.programs, emit=heard.append)
    assert proven.verified


@pytest.mark.server
def test_no_search_path_where_none_is_needed(server: Server, database: str, tmp_path: Path) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(GENERATED.encode())
        connection.execute("ALTER FUNCTION slug(text) SET search_path = public")
    backup = backups.take_backup(database, server.programs, str(tmp_path), emit=lambda event: None)
    assert backup.bare_functions == ()
    assert backups.restore_into(backup, server.programs, database, "like_it", emit=print).remarks == ()
