"""What is told while the server works: how far it is, and who else will wait."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from rowkeep import scratch
from rowkeep.domain.event import Event, Noted, StageProgress

if TYPE_CHECKING:
    from tests.support.project import Project

pytestmark = pytest.mark.server


@pytest.mark.parametrize("how", ["CONCURRENTLY ", ""], ids=["concurrently", "plain"])
@pytest.mark.majors(14, 18)
def test_an_index_build_tells_how_far_it_is(project: Project, how: str) -> None:
    project.sql("CREATE TABLE a AS SELECT n AS id FROM generate_series(1, 200) AS n")
    project.sql(
        "CREATE FUNCTION slow(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_sleep(0.012); RETURN n; END $$"
    )
    project.write("1_i", f"CREATE INDEX {how}i ON a (slow(id));")
    events: list[Event] = []
    project.run(emit=events.append)
    told = [event for event in events if isinstance(event, StageProgress)]
    assert told, "more than two seconds of work, and not a word"
    assert all(re.match(r"index build: (building index|index validation)", event.detail) for event in told), told


WORKS = {
    "vacuum": (
        "SET vacuum_cost_limit = 1; SET vacuum_cost_delay = '20ms';\nVACUUM a;",
        "vacuum: scanning heap, .* blocks",
    ),
    "analyze": ("ANALYZE a;", "analyze: computing statistics, 34 of 34 blocks"),
    "vacuum full": ("VACUUM FULL a;", "rewrite: rebuilding index, 34 of 34 blocks"),
    "cluster": ("CLUSTER a USING plain;", "rewrite: rebuilding index(, 34 of 34 blocks)?"),
    "copy": ("COPY (SELECT slow(id) FROM a) TO '/dev/null';", "copy, [1-9][0-9]* rows"),
}
"""A migration, made slow, and what it tells."""


@pytest.mark.parametrize("kind", list(WORKS))
@pytest.mark.majors(18)
def test_long_work_tells_how_far_it_is(project: Project, kind: str) -> None:
    project.sql("CREATE TABLE a (id int, filling text) WITH (autovacuum_enabled = off)")
    project.sql("ALTER TABLE a ALTER filling SET STORAGE PLAIN")
    project.sql("INSERT INTO a SELECT n, repeat('x', 2500) FROM generate_series(1, 100) AS n")
    project.sql(
        "CREATE FUNCTION slow(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS "
        "$$ BEGIN IF current_setting('application_name') LIKE 'rowkeep %' THEN PERFORM pg_sleep(0.015); END IF; "
        "RETURN n; END $$"
    )
    project.sql("CREATE INDEX plain ON a (id); CREATE INDEX ON a (slow(id))")
    text, words = WORKS[kind]
    project.write("1_w", text)
    events: list[Event] = []
    project.run(emit=events.append)
    told = [event.detail for event in events if isinstance(event, StageProgress)]
    assert told and all(re.fullmatch(words, said) for said in told), told


STREAMING = {"wal_level": "replica", "max_wal_senders": "4"}


@pytest.mark.majors(14, 18)
def test_standbys_are_warned_of_where_readers_will_wait(project: Project, server: scratch.Server) -> None:
    with scratch.start_server(server.programs, settings=STREAMING) as primary:
        project = replace(project, conninfo=primary.conninfo(), events=[])
        project.write("1_a", "CREATE TABLE a (id int);")
        follower = psycopg.conninfo.make_conninfo(primary.conninfo(), replication="true", application_name="replica1")
        standby = psycopg.pq.PGconn.connect(follower.encode())
        assert standby.status == psycopg.pq.ConnStatus.OK, standby.error_message
        project.run()
        assert warnings(project) == [], "a new table has no readers"
        project.write("2_b", "ALTER TABLE a ADD COLUMN n int;")
        project.run()
        assert any("1 standby(s) follow this server (replica1)" in said for said in warnings(project))
        standby.finish()


def warnings(project: Project) -> list[str]:
    return [event.message for event in project.events if isinstance(event, Noted) and event.warning]
