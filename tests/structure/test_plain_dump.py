"""The schema file: stable, and only what belongs to the structure."""

from __future__ import annotations

from rowkeep.domain.schema.schema_file import HEADER, is_schema_file
from rowkeep.structure.plain_dump import BEGIN, NO_PUBLIC, format_plain_dump

DUMP = r"""--
-- PostgreSQL database dump
--

\restrict {key}

-- Dumped from database version {version}
-- Dumped by pg_dump version {version}

SET statement_timeout = 0;
SET lock_timeout = 0;
{settings}SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET row_security = off;

COMMENT ON EXTENSION hstore IS 'of {version}';

--
-- Name: f(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.f() RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    -- Dumped from database version
    SET row_security = off;
\restrict is text here
END $$;


SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE public.a (
    id integer DEFAULT ';'
);

SET default_table_access_method = columnar;

CREATE TABLE public.b ();

SET default_table_access_method = heap;

CREATE VIEW public.v AS SELECT 1;
ALTER {view} public.v OWNER TO shop;
{grants}
ALTER DEFAULT PRIVILEGES FOR ROLE shop GRANT SELECT ON TABLES{blanks}TO reader;

--
-- PostgreSQL database dump complete
--

\unrestrict {key}
"""
GRANTS = ["GRANT SELECT ON TABLE public.a TO x;", "GRANT SELECT ON TABLE public.a TO y;"]


def dump(key: str, version: str, settings: str, view: str, grants: list[str], blanks: str) -> str:
    return DUMP.format(
        key=key, version=version, settings=settings, view=view, grants="\n\n".join(grants), blanks=blanks
    )


def test_versions_keys_and_the_order_of_grants_leave_no_trace() -> None:
    old = format_plain_dump(dump("aB1", "14.2", "", "TABLE", GRANTS, "  "), public=True)
    new = format_plain_dump(
        dump("Xy9", "18.1", "SET transaction_timeout = 0;\n", "VIEW", GRANTS[::-1], " "), public=True
    )
    assert old == new
    assert is_schema_file(old) and old.startswith(f"{HEADER}\n\n{BEGIN}\n\nCREATE FUNCTION public.f()")
    for absent in ("14.2", "statement_timeout", "default_tablespace", "Type: FUNCTION", "COMMENT ON EXTENSION", "aB1"):
        assert absent not in old
    body = (
        "BEGIN\n    -- Dumped from database version\n    SET row_security = off;\n\\restrict is text here\nEND $$;\n"
    )
    assert body in old
    assert old.count("default_table_access_method") == 2
    assert old.index("columnar;") < old.index("public.b") < old.index("= heap;") < old.index("public.v")
    assert old.endswith("GRANT SELECT ON TABLES TO reader;\n")


def test_a_database_without_the_schema_public() -> None:
    assert format_plain_dump("", public=False) == f"{HEADER}\n\n{BEGIN}\n\n{NO_PUBLIC}\n"
