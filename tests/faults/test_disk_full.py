"""The server's disk is full: what is left is before or after, it is said which, and the next run goes on.

Nobody fills a disk in a test. The kernel refuses the session's bytes beyond a file size, as it refuses all of them on
a full disk: those of a table (an error), and those of the write-ahead log (the whole server falls and recovers).
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.faults.power import power

from rowkeep.domain.event import Event, MigrationStarted
from rowkeep.errors import Failed, HalfDone, Remains, Unreachable
from rowkeep.programs.server_user import choose_server_user

if TYPE_CHECKING:
    from tests.support.project import Project

    from rowkeep.scratch import Server

pytestmark = [
    pytest.mark.server,
    pytest.mark.faults,
    pytest.mark.majors(18),
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process from outside"),
]

TABLE = 17_000_000
"""More than a segment of the write-ahead log (16 MB), which must not be what fails."""
ROWS = "INSERT INTO {} SELECT repeat(md5(n::text), 30) FROM generate_series(1, 20000) AS n;"
"""About 20 MB, not compressed."""


def limit(project: Project, bytes_: int, name: str) -> Callable[[Event], None]:
    """From the beginning of a migration on, no file of the run's session grows beyond so many bytes."""

    def emit(event: Event) -> None:
        if isinstance(event, MigrationStarted) and event.name == name:
            (pid,) = project.sql("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'rowkeep %'")
            as_its_user(pid, bytes_)

    return emit


def as_its_user(pid: int, bytes_: int) -> None:
    """Only the user of a process may set its limits, root not everywhere."""
    who = choose_server_user()
    child = os.fork()
    if child == 0:
        try:
            if who.foreign:
                os.setgroups([])
                os.setresgid(who.gid, who.gid, who.gid)
                os.setresuid(who.uid, who.uid, who.uid)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (bytes_, resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]))
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0, "the limit could not be set"


def plain(name: str) -> str:
    return f"CREATE TABLE {name} (t text); ALTER TABLE {name} ALTER t SET STORAGE PLAIN;"


def test_a_table_that_finds_no_room_is_rolled_back(project: Project) -> None:
    project.write("1_a", plain("a"))
    project.write("2_b", f"{plain('b')}\n{ROWS.format('b')}")
    project.write("3_c", "CREATE TABLE c (id int);")
    with pytest.raises(Failed) as failed:
        project.run(emit=limit(project, TABLE, "2_b"))
    assert "could not extend file" in str(failed.value.why)
    assert failed.value.remains is Remains.ROLLED_BACK
    assert (project.names(), project.exists("b")) == (["1_a"], False)
    project.run()
    assert project.names() == ["1_a", "2_b", "3_c"]
    assert project.sql("SELECT count(*) FROM b") == [20000]


@pytest.mark.parametrize("first", ["", "CREATE INDEX CONCURRENTLY h ON a (left(t, 3));\n"], ids=["first", "second"])
def test_an_index_that_finds_no_room_is_built_again(project: Project, first: str) -> None:
    project.write("1_a", f"{plain('a')}\n{ROWS.format('a')}")
    project.write("2_i", f"{first}CREATE INDEX CONCURRENTLY i ON a (t);")
    with pytest.raises(HalfDone if first else Failed):
        project.run(emit=limit(project, TABLE, "2_i"))
    assert project.names() == ["1_a"]
    project.run()
    assert project.names() == ["1_a", "2_i"]
    assert project.sql("SELECT count(*) FROM pg_index WHERE indrelid = 'a'::regclass AND indisvalid") == [
        1 + bool(first)
    ]


def test_what_is_full_is_to_be_emptied(project: Project) -> None:
    """A limit of the kernel has another code than a full disk (53100), which PostgreSQL calls by name."""
    project.write("1_a", "DO $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$;")
    with pytest.raises(Failed) as failed:
        project.run()
    assert failed.value.instead == ("make room on the server's disk, then: rowkeep up",)


def test_a_log_that_finds_no_room_is_before_or_after(project: Project, server: Server) -> None:
    """The session that cannot write the log takes the server down with it; the server recovers by itself."""
    with power(server.programs) as switch:
        project = replace(project, conninfo=switch.server.conninfo(), events=[])
        project.write("1_a", "CREATE TABLE a (id int);")
        project.write("2_b", "CREATE TABLE b (id int);")
        with pytest.raises(Unreachable) as failed:
            project.run(emit=limit(project, 0, "2_b"))
            assert failed.value.remains is Remains.ROLLED_BACK
        assert failed.value.remains_detail == "1 migration of this run is applied: 1_a"
        assert (project.names(), project.exists("b")) == (["1_a"], False)
        project.run()
        assert project.names() == ["1_a", "2_b"]
