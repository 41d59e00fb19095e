"""What a copy cannot give: read out of a migration's text, and out of the copy's answers."""

from __future__ import annotations

import pytest

from rowkeep.domain.migration import Direction, Language, Migration, Section
from rowkeep.domain.plan import Stand, Standing, Step
from rowkeep.domain.source import Source, Span
from rowkeep.errors import Failed
from rowkeep.plan import outside
from rowkeep.plan.steps import step as make


def step(text: str) -> Step:
    source = Source("m.sql", text)
    migration = Migration("m", "m.sql", Language.SQL, "node-pg-migrate", Section(source, Span(0, len(text))))
    return make(Standing("m", Stand.PENDING, migration), Direction.UP, ())


@pytest.mark.parametrize(
    ("text", "need"),
    [
        ("COPY t TO PROGRAM 'cat'", outside.PROGRAM),
        ("COPY t FROM '/srv/t.csv'", outside.FILE),
        ("SELECT lo_export(1, '/tmp/x')", outside.FILE),
        ("SELECT length(pg_read_file('PG_VERSION'))", outside.FILE),
        ("DO $$ BEGIN PERFORM dblink_exec('far', 'DELETE FROM t'); END $$", outside.SERVER),
        ("SELECT * FROM x.dblink('far', 'SELECT 1') AS t (n int)", outside.SERVER),
        ("CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT dblink_exec('far', 'x') $$", None),
        ("CREATE TABLESPACE fast LOCATION '/srv/fast'", outside.FILE),
        ("CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION p", outside.REPLICATION),
        ("SELECT pg_create_logical_replication_slot('s', 'pgoutput')", outside.REPLICATION),
        ("CREATE EXTENSION dblink; UPDATE t SET n = 1", None),
    ],
)
def test_what_stands_in_the_text(text: str, need: str | None) -> None:
    assert outside.foreseen(step(text)) == need


@pytest.mark.parametrize(
    ("sqlstate", "why", "need"),
    [
        ("08001", "could not establish connection", outside.SERVER),
        ("HV00N", 'could not connect to server "far"', outside.SERVER),
        ("55000", 'foreign-data wrapper "x" has no handler', outside.SERVER),
        ("58P01", 'could not open file "/srv/x" for reading: No such file or directory', outside.FILE),
        ("42501", 'could not open file "/srv/x" for writing: Permission denied', outside.FILE),
        ("53200", 'could not execute command "id": Cannot allocate memory', outside.PROGRAM),
        ("42704", 'subscription "feed" does not exist', outside.REPLICATION),
        ("42704", 'type "subscription" does not exist', None),
        ("42501", "permission denied for table orders", None),
        ("42P01", 'relation "orders" does not exist', None),
        ("53200", "out of shared memory", None),
        (None, None, None),
    ],
)
def test_what_the_copy_answers(sqlstate: str | None, why: str | None, need: str | None) -> None:
    assert outside.answered(Failed("it failed", why=why, sqlstate=sqlstate)) == need
