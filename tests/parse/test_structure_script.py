"""What a schema file may contain, and who runs it."""

from __future__ import annotations

import pytest

from rowkeep.domain.source import Source
from rowkeep.errors import Unparsable
from rowkeep.parse.structure_script import ScriptPart, StructureScript, read_structure_script


def read(text: str) -> StructureScript:
    return read_structure_script(Source("schema.sql", text))


DUMP = r"""--
-- PostgreSQL database dump
--

\restrict AbC123

SET statement_timeout = 0;
SET transaction_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;

CREATE SCHEMA app;
CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA app;
COMMENT ON EXTENSION hstore IS 'keys';
CREATE FUNCTION app.f() RETURNS text LANGUAGE sql AS $$
\restrict inside a body
SELECT 'x';
$$;
SET default_tablespace = '';
CREATE TABLE app.t (id integer);
ALTER TABLE app.t OWNER TO shop;
ALTER TABLE ONLY app.t ALTER COLUMN id SET STATISTICS 5;
INSERT INTO schema_migrations VALUES ('1');
GRANT SELECT ON TABLE app.t TO reader;
CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION app.f();

\unrestrict AbC123
"""


def test_a_dump_is_divided_by_who_runs_it() -> None:
    script = read(DUMP)
    parts = {
        part: [one.text.split("(")[0].split("\n")[0] for one in script.statements if one.part is part]
        for part in ScriptPart
    }
    assert parts == {
        ScriptPart.OBJECTS: [
            "SELECT pg_catalog.set_config",
            "SET check_function_bodies = false",
            "CREATE SCHEMA app",
            "CREATE FUNCTION app.f",
            "SET default_tablespace = ''",
            "CREATE TABLE app.t ",
            "ALTER TABLE ONLY app.t ALTER COLUMN id SET STATISTICS 5",
        ],
        ScriptPart.RIGHTS: [
            "COMMENT ON EXTENSION hstore IS 'keys'",
            "ALTER TABLE app.t OWNER TO shop",
            "GRANT SELECT ON TABLE app.t TO reader",
        ],
        ScriptPart.EVENT_TRIGGERS: ["CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION app.f"],
    }
    assert [(one.name, one.schema) for one in script.extensions] == [("hstore", "app")]
    assert script.roles == ("reader", "shop")
    assert (script.owners, script.grants) == (True, True)
    assert script.statements[2].schema == "app"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("CREATE TABLE a (b int);\n\\! touch x", "2:1 a psql command is not run"),
        ("\\connect other", "1:1 a psql command is not run"),
        ("\\i other.sql", "1:1 a psql command is not run"),
        ("\\restrict a\\! touch x", "1:1 a psql command is not run"),
        ("\\restrict a; \\! touch x", "1:1 a psql command is not run"),
        ("COPY t FROM stdin;\n1\n\\.\n", "1:1 COPY t FROM …: no such statement"),
        ("COPY t FROM PROGRAM 'id'", "1:1 COPY t FROM …: no such statement"),
        ("CREATE ROLE x SUPERUSER", "1:1 CREATE ROLE x …: no such statement"),
        ("GRANT a TO b", "1:1 GRANT a TO …: no such statement"),
        ("ALTER SYSTEM SET fsync = off", "1:1 ALTER SYSTEM SET …: no such statement"),
        ("CREATE DATABASE x", "1:1 CREATE DATABASE x …: no such statement"),
        ("CALL p()", "1:1 CALL p() …: no such statement"),
        ("LOAD 'x'", "1:1 LOAD 'x' …: no such statement"),
        ("SELECT pg_read_file('x')", "1:1 SELECT pg_read_file('x') …: no such statement"),
        ("SELECT set_config('search_path', pg_read_file('x'), false), 1", "1:1 SELECT set_config"),
        ("SELECT app.set_config('search_path', '', false)", "1:1 SELECT app.set_config"),
        ("SELECT set_config('role', 'postgres', false)", "1:1 the setting role does not belong"),
        ("SET ROLE postgres", "1:1 the setting role does not belong"),
        ("SET SESSION AUTHORIZATION postgres", "1:1 the setting session_authorization does not belong"),
        ("SET session_replication_role = replica", "1:1 the setting session_replication_role does not belong"),
        ("CREATE TABEL x (a int)", '1:8 syntax error at or near "TABEL"'),
        ("CREATE TABLE x (a text DEFAULT 'open", "1:"),
    ],
)
def test_what_is_no_structure_is_refused_with_its_place(text: str, why: str) -> None:
    with pytest.raises(Unparsable) as refused:
        read(text)
    assert f"{str(refused.value.where).removeprefix('schema.sql:')} {refused.value.why}".startswith(why)


def test_a_file_without_owners_says_so() -> None:
    assert (read("CREATE TABLE a (b int)").owners, read("CREATE TABLE a (b int)").grants) == (False, False)
    assert read("").statements == ()
    granted = read("GRANT SELECT ON a TO b")
    assert (granted.owners, granted.grants) == (False, True)
