"""What is told while the server works: how far it is, and who else will wait."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from rowkeep import scratch
from rowkeep.domain.event import Event, Noted, StageAdvanced

if TYPE_CHECKING:
    from tests.runner.conftest import Project

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
    project.run(tell=events.append)
    told = [event for event in events if isinstance(event, StageAdvanced)]
    assert told, "more than two seconds of work, and not a word"
    assert all(re.match(r"index build: (building index|index validation)", event.detail) for event in told), told


STREAMING = {"wal_level": "replica", "max_wal_senders": "4"}


@pytest.mark.majors(14, 18)
def test_standbys_are_warned_of_where_readers_will_wait(project: Project, server: scratch.Server) -> None:
    with scratch.start(server.programs, settings=STREAMING) as primary:
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
