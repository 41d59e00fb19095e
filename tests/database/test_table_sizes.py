"""Sizes of production's tables: with partitions and toasted values, and never a reason to wait or to fail."""

from __future__ import annotations

import psycopg
import pytest

from rowkeep.database.catalog.table_contents import read_contents
from rowkeep.database.catalog.table_sizes import read_table_sizes
from rowkeep.database.connection.session import connect
from rowkeep.domain.deploy.backup import TableCount

SETUP = """
CREATE SCHEMA "a.b";
CREATE TABLE "a.b"."c.d" (id int);
INSERT INTO "a.b"."c.d" SELECT generate_series(1, 1000);
CREATE TABLE events (at int, note text) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100) PARTITION BY RANGE (at);
CREATE TABLE events_1a PARTITION OF events_1 FOR VALUES FROM (0) TO (50);
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (100) TO (200);
INSERT INTO events SELECT n, n FROM generate_series(1, 49) n UNION ALL SELECT n, n FROM generate_series(100, 150) n;
CREATE TABLE toasted (note text);
ALTER TABLE toasted ALTER note SET STORAGE EXTERNAL;
INSERT INTO toasted SELECT repeat('x', 100000) FROM generate_series(1, 10);
"""
COUNTS = (
    TableCount("a.b", "c.d", 1000),
    TableCount("public", "events_1a", 49),
    TableCount("public", "events_2", 51),
)


@pytest.mark.majors(14, 18)
def test_sizes_are_those_of_a_copy(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SETUP)
    tables = ("a.b.c.d", "public.events", "public.events_1", "public.toasted", "public.absent")
    with connect(database) as session:
        sizes = read_table_sizes(session, tables, COUNTS)
        assert read_table_sizes(session, (), COUNTS) == {}
    assert set(sizes) == {"a.b.c.d", "public.events", "public.events_1", "public.toasted"}
    assert [sizes[name].rows for name in tables[:4]] == [1000, 100, 49, None], "what was not counted is not known"
    assert sizes["public.toasted"].bytes > 1_000_000
    with connect(database) as session:
        contents = read_contents(session, history_schema="public", history_table="pgmigrations")
    copied = {table.name: table.bytes for table in contents.tables}
    assert sizes["a.b.c.d"].bytes == copied["a.b.c.d"]
    assert sizes["public.toasted"].bytes == copied["public.toasted"]
    assert sizes["public.events"].bytes == copied["public.events_1a"] + copied["public.events_2"]

    with psycopg.connect(database) as other, connect(database) as session:
        other.execute("LOCK TABLE toasted IN ACCESS EXCLUSIVE MODE")
        assert read_table_sizes(session, tables, COUNTS) == {}, "a size is not worth waiting for"
        other.rollback()
        assert read_table_sizes(session, ("public.toasted",), ()) != {}, "and the session is as it was"
