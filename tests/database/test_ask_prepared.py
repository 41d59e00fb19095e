"""A prepared question has the answers of the plain one, for whatever values it is asked."""

from __future__ import annotations

import psycopg
import pytest

from rowkeep.database.connection.session import connect
from rowkeep.domain.deploy.guard import ObjectPart

pytestmark = [pytest.mark.server, pytest.mark.majors(14, 18)]

PARTS = [part.value for part in (ObjectPart.ENUM, ObjectPart.FUNCTION, ObjectPart.SETTING)]

OBJECTS = """
CREATE TABLE public."it's a ""table"" of ours" (id int PRIMARY KEY, note text);
CREATE TABLE public.other (id int);
CREATE SCHEMA "späte, {x}";
CREATE TABLE "späte, {x}".hidden (id int);
CREATE TYPE public.state AS ENUM ('open', 'shut');
"""


def test_the_rows_are_those_of_the_plain_question(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(OBJECTS.encode())
        rows = connection.execute("SELECT oid::int8 FROM pg_class WHERE relname IN ('other', 'hidden')").fetchall()
    some = [oid for (oid,) in rows]
    with connect(database) as session:
        for oids in (some, None, [], some[:1], [0]):
            for parts in (PARTS, []):
                values = {"oids": oids, "parts": parts}
                plain = sorted(session.ask("guard.state", values), key=repr)
                assert sorted(session.ask_prepared("guard.state", values), key=repr) == plain
                assert bool(plain) == bool(parts or oids is None or oids[:1] == some[:1])
        assert len(session.prepared) == 1, "it is prepared once"
        assert session.connection.execute("SHOW plan_cache_mode").fetchone() == ("auto",), "for nothing else"


def test_after_an_error_the_session_goes_on(database: str) -> None:
    with connect(database) as session:
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            session.ask_prepared("guard.state", {"oids": ["no number"], "parts": []})
        assert session.ask_prepared("guard.state", {"oids": [0], "parts": []}) == []
