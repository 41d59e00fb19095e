"""Looking before locking: nobody ever queues behind a change that could not have been made."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from tests.patience import PATIENCE_S
from tests.support.waiting import act_when

from rowkeep.database.executor.lock_precheck import find_needed_locks
from rowkeep.domain.event import Event, Noted, Waiting
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.migration import Section
from rowkeep.domain.source import Source, Span
from rowkeep.errors import Busy
from rowkeep.parse import parse_section

if TYPE_CHECKING:
    from tests.support.project import Project


REPORT_ASLEEP = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'report' AND wait_event = 'PgSleep'"


@contextmanager
def queue_watched(project: Project) -> Iterator[tuple[list[float], list[float]]]:
    """When we looked, and when a session was seen that waits for a lock on `a`."""
    looks: list[float] = []
    seen: list[float] = []
    over = threading.Event()

    def look() -> None:
        query = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'a'::regclass"
        with psycopg.connect(project.conninfo, autocommit=True) as connection:
            while not over.wait(0.005):
                if connection.execute(query).fetchone() != (0,):
                    seen.append(time.monotonic())
                looks.append(time.monotonic())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield looks, seen
    finally:
        over.set()
        thread.join()


@pytest.mark.server
@pytest.mark.majors(14, 18)
@pytest.mark.parametrize("plain", [False, True], ids=["superuser", "plain"])
@pytest.mark.parametrize(
    ("change", "hold"),
    [
        ("ALTER TABLE a ADD COLUMN n int;", "SELECT * FROM a"),
        ("CREATE INDEX ON a (id);", "INSERT INTO a VALUES (1)"),
    ],
)
def test_no_queue_while_somebody_is_in_the_way(project: Project, change: str, hold: str, plain: bool) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    project.run()
    project.write("2_b", change)
    admin = project.conninfo
    if plain:
        project.conninfo = owner_of_all(project)
    events: list[Event] = []
    over = 0.0
    waiting_since: list[float] = []

    with (
        psycopg.connect(admin, application_name="report") as held,
        queue_watched(replace(project, conninfo=admin)) as (looks, seen),
    ):
        held.execute(hold)  # type: ignore[arg-type]

        def emit(event: Event) -> None:
            events.append(event)
            if isinstance(event, Waiting):
                waiting_since.append(time.monotonic())

        def watched_for_long() -> bool:
            """We have looked a hundred times since the change waits."""
            return bool(waiting_since) and len(looks) > 100 and looks[-100] > waiting_since[0]

        def end() -> None:
            nonlocal over
            over = time.monotonic()
            held.rollback()

        with act_when(watched_for_long, end):
            project.run(emit=emit)
    project.conninfo = admin
    assert project.names() == ["1_a", "2_b"]
    # A plain role learns only from a second look that somebody stays; its first look does not lock anything either.
    assert [when for when in seen if when < over] == []
    assert any(isinstance(event, Waiting) and event.blockers[0].application == "report" for event in events)


def owner_of_all(project: Project) -> str:
    """A role that owns everything, and sees nothing of other roles' sessions."""
    name = f"plain_{time.time_ns()}"
    with psycopg.connect(project.conninfo, autocommit=True) as connection:
        database = connection.info.dbname
        for command in (
            "CREATE ROLE {role} LOGIN",
            "GRANT CREATE ON DATABASE {database} TO {role}",
            "ALTER SCHEMA public OWNER TO {role}",
            "ALTER SCHEMA rowkeep OWNER TO {role}",
            "ALTER TABLE a OWNER TO {role}",
            "ALTER TABLE pgmigrations OWNER TO {role}",
            "GRANT ALL ON ALL TABLES IN SCHEMA rowkeep TO {role}",
        ):
            names = {"role": sql.Identifier(name), "database": sql.Identifier(database)}
            connection.execute(sql.SQL(command).format(**names))  # type: ignore[arg-type]
    return psycopg.conninfo.make_conninfo(project.conninfo, user=name)


@pytest.mark.server
@pytest.mark.majors(18)
def test_a_partition_in_use_is_in_the_way_of_its_parent(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int) PARTITION BY RANGE (id);")
    project.write("2_b", "CREATE TABLE b PARTITION OF a FOR VALUES FROM (1) TO (9);")
    project.run()
    project.write("3_c", "ALTER TABLE a ADD COLUMN n int;")
    project.settings = replace(project.settings, lock_deadline_s=0.4)
    with psycopg.connect(project.conninfo, application_name="report") as held, queue_watched(project):
        held.execute("SELECT * FROM b")
        with pytest.raises(Busy) as busy:
            project.run()
    assert [blocker.application for blocker in busy.value.blockers] == ["report"]


@pytest.mark.server
@pytest.mark.majors(18)
def test_short_work_on_the_table_is_not_waited_for(project: Project) -> None:
    """A busy table is never without a reader; whoever is done at once does not keep the change from being tried."""
    project.write("1_a", "CREATE TABLE a (id int);")
    project.run()
    project.write("2_b", "ALTER TABLE a ADD COLUMN n int;")
    over = threading.Event()

    def read() -> None:
        with psycopg.connect(project.conninfo, autocommit=True) as connection:
            while not over.is_set():
                connection.execute("SELECT pg_sleep(0.01), * FROM (SELECT count(*) FROM a)")

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    try:
        project.run()  # ends, although a reader is always there
    finally:
        over.set()
        for reader in readers:
            reader.join()
    assert project.names() == ["1_a", "2_b"]


@pytest.mark.server
@pytest.mark.majors(14, 18)
def test_blockers_are_cancelled_only_when_asked(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    project.run()
    project.write("2_b", "ALTER TABLE a ADD COLUMN n int;")
    said: list[str] = []

    def report() -> None:
        with psycopg.connect(project.conninfo, application_name="report") as connection:
            try:
                connection.execute("SELECT pg_sleep(600), * FROM (SELECT count(*) FROM a) AS counted")
            except psycopg.Error as error:
                said.append(error.sqlstate or "")

    thread = threading.Thread(target=report)
    thread.start()
    until = time.monotonic() + PATIENCE_S
    while project.sql(REPORT_ASLEEP) != [1]:
        assert time.monotonic() < until, "the report never began"
        time.sleep(0.02)
    refused = project.rowkeep("up", "--lock-deadline", "300ms")
    assert (refused.returncode, said) == (4, [])
    done = project.rowkeep("up", "--cancel-blockers")
    thread.join()
    assert done.returncode == 0, done.stderr
    assert said == ["57014"]
    assert "cancelled the query of session" in done.stderr
    assert project.names() == ["1_a", "2_b"]


@pytest.mark.server
@pytest.mark.majors(18)
def test_an_idle_transaction_is_named_and_left_alone(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    project.run()
    project.write("2_b", "ALTER TABLE a ADD COLUMN n int;")
    project.settings = replace(project.settings, lock_deadline_s=0.5, cancel_blockers=True)
    with psycopg.connect(project.conninfo) as held:
        held.execute("SELECT * FROM a")
        with pytest.raises(Busy):
            project.run()
        assert held.execute("SELECT 1").fetchone() == (1,)
        pid = held.info.backend_pid
    told = [event.message for event in project.events if isinstance(event, Noted)]
    assert (
        told.count(f"session {pid} runs no query that could be cancelled; SELECT pg_terminate_backend({pid}) ends it")
        == 1
    )


def test_what_is_wanted() -> None:
    text = (
        "CREATE TABLE b (a_id int REFERENCES s.a); ALTER TABLE b ADD c int; CREATE INDEX ON a (id);"
        "ALTER TABLE a ADD n int; UPDATE d SET n = 1; CREATE FUNCTION f() RETURNS void LANGUAGE sql "
        "BEGIN ATOMIC DELETE FROM e; END"
    )
    section = Section(Source("x.sql", text), Span(0, len(text)))
    assert find_needed_locks(parse_section(section).statements) == {
        ("s", "a"): LockMode.SHARE_ROW_EXCLUSIVE,
        (None, "a"): LockMode.ACCESS_EXCLUSIVE,
    }
