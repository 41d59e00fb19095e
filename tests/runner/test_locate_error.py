"""Who is to blame: a migration only for what its own statements do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rowkeep.domain.event import Noted
from rowkeep.errors import Failed, Remains

MOVES = """
CREATE FUNCTION public.moves() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_class WHERE relname = 'a') THEN
        ALTER TABLE IF EXISTS public.pgmigrations RENAME TO moved;
    END IF;
END $$;
CREATE EVENT TRIGGER moves ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.moves();
"""
REFUSES = """
CREATE FUNCTION public.refuses() RETURNS event_trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'no DDL today'; END $$;
CREATE EVENT TRIGGER refuses ON ddl_command_start EXECUTE FUNCTION public.refuses();
"""


@pytest.mark.majors(14, 18)
def test_what_is_refused_of_ours_is_not_the_file(project: Any) -> None:
    project.write("1_a", "CREATE TABLE public.a (id int);")
    project.sql(REFUSES)
    with pytest.raises(Failed, match="tables of the run could not be created") as refused:
        project.run()
    assert "no DDL today" in (refused.value.why or "") and "refuses" in (refused.value.why or "")
    assert not any("1_a.sql" in word for word in (*refused.value.instead, str(refused.value.where)))
    project.sql("DROP EVENT TRIGGER refuses")
    project.sql(MOVES)
    with pytest.raises(Failed, match="the record of 1_a could not be written") as moved:
        project.run()
    assert moved.value.sqlstate == "42P01" and moved.value.remains is Remains.ROLLED_BACK
    assert not project.exists("public.a")


@pytest.mark.majors(18)
def test_a_schema_that_may_not_be_made(project: Any) -> None:
    project.sql("CREATE ROLE plain LOGIN")
    project.sql("GRANT CREATE ON SCHEMA public TO plain")
    project.write("1_a", "CREATE TABLE a (id int);")
    project.settings = replace(project.settings, schemas=("shop",), create_schemas=True)
    conninfo, project.conninfo = project.conninfo, f"{project.conninfo} user=plain"
    with pytest.raises(Failed, match="the schema shop could not be created") as refused:
        project.run()
    assert refused.value.sqlstate == "42501" and "1_a" not in str(refused.value.where)
    project.conninfo = conninfo


@pytest.mark.majors(18)
def test_schemas_that_are_not_there(project: Any) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    project.settings = replace(project.settings, schemas=("nonexistent",))
    with pytest.raises(Failed) as refused:
        project.run()
    assert "no schema of the configuration exists (schemas: nonexistent)" in (refused.value.why or "")


@pytest.mark.majors(18)
def test_a_transaction_made_read_only(project: Any) -> None:
    project.write("1_a", "SET TRANSACTION READ ONLY;")
    with pytest.raises(Failed, match="the record of 1_a could not be written"):
        project.run()


@pytest.mark.majors(14, 18)
def test_rows_that_row_security_hides_are_told_of(project: Any) -> None:
    project.sql("CREATE ROLE plain LOGIN")
    project.sql("GRANT CREATE ON SCHEMA public TO plain")
    project.sql("CREATE TABLE public.t (id int, n int)")
    project.sql("INSERT INTO public.t VALUES (1, 1)")
    project.sql("ALTER TABLE public.t OWNER TO plain")
    project.sql("ALTER TABLE public.t ENABLE ROW LEVEL SECURITY")
    project.sql("ALTER TABLE public.t FORCE ROW LEVEL SECURITY")
    project.write("1_a", "UPDATE t SET n = 2 WHERE id = 1;")
    conninfo, project.conninfo = project.conninfo, f"{project.conninfo} user=plain"
    project.run()
    said = [event.message for event in project.events if isinstance(event, Noted)]
    assert any("row security hides rows of public.t" in each and "FORCE" in each for each in said)
    project.conninfo = conninfo
    assert project.sql("SELECT n FROM public.t") == [1]
    project.write("2_b", "UPDATE t SET n = 3 WHERE id = 1;")
    project.run()
    assert not any("row security" in event.message for event in project.events if isinstance(event, Noted))
