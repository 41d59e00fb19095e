"""How long a migration may hold what stops others, what is told of it, and two tables locked in one order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from tests.patience import PATIENCE_S
from tests.support.waiting import act_when, wait_until, waits_for_lock

from rowkeep.database.executor.blockers import BlockerWatch
from rowkeep.domain.event import Waiting
from rowkeep.domain.lint.lock import LockMode
from rowkeep.errors import Busy, Failed, HalfDone, Remains
from rowkeep.report.errors import format_error

if TYPE_CHECKING:
    from tests.support.project import Project

pytestmark = pytest.mark.server

HELD = "2_b held ACCESS EXCLUSIVE on public.a for"


def limited(project: Project, change: str, seconds: float) -> Project:
    """A table that was there before, a change of it that is pending, and a limit."""
    project.write("1_a", "CREATE TABLE a (id int);\nCREATE TABLE p (id int PRIMARY KEY);")
    project.run()
    project.write("2_b", change)
    project.settings = replace(project.settings, hold_limit_s=seconds)
    return project


@pytest.mark.majors(14, 17, 18)
@pytest.mark.parametrize(
    ("change", "limit"),
    [
        # One statement too long: the server's own clock. Many short ones: ours. Dynamic SQL: the server's lock table.
        ("ALTER TABLE a ADD COLUMN n int;\nSELECT pg_sleep(600);", 1.0),
        ("ALTER TABLE a ADD COLUMN n int;\n" + "SELECT pg_sleep(0.2);\n" * 3000, 0.5),
        ("DO $$ BEGIN EXECUTE 'LOCK TABLE ' || 'a'; PERFORM pg_sleep(600); END $$;", 1.0),
    ],
    ids=["one", "many", "dynamic"],
)
def test_a_lock_that_stops_others_is_not_held_for_ever(project: Project, change: str, limit: float) -> None:
    limited(project, change, limit)
    began = time.monotonic()
    with pytest.raises(Failed) as failed:
        project.run()
    assert time.monotonic() - began < PATIENCE_S  # each change would take ten minutes
    assert failed.value.what.startswith(HELD), failed.value.what
    assert failed.value.remains is Remains.ROLLED_BACK
    said = format_error(failed.value)
    assert "migrations/2_b.sql:2:1: reads and writes of others waited" in said
    assert "rowkeep up --hold-limit 5min" in said
    assert project.names() == ["1_a"]
    assert project.sql("SELECT count(*) FROM pg_attribute WHERE attrelid = 'a'::regclass AND attnum > 0") == [1]
    document = project.json("history")
    [row] = [entry for entry in document["result"]["entries"] if entry["outcome"] == "failed"]
    assert row["message"].startswith("held ACCESS EXCLUSIVE on public.a for")
    assert row["locks"][0]["hold_s"] >= 0.98 * limit  # its clock may start when an answer is read late


@pytest.mark.majors(14, 18)
def test_what_stops_nobody_may_take_its_time(project: Project) -> None:
    """New tables, weak locks, and an index build that others go on beside."""
    limited(project, "CREATE TABLE n (id int);\nALTER TABLE n ADD m int;\nSELECT pg_sleep(0.5);", 0.2)
    project.write("3_c", "INSERT INTO a VALUES (1);\nSELECT pg_sleep(0.4);")
    project.write("4_d", "CREATE INDEX CONCURRENTLY i ON a (id);")
    with psycopg.connect(project.conninfo) as writer:
        writer.execute("INSERT INTO a VALUES (1)")
        # The build waits for the writer, three times as long as the limit.
        with act_when(waits_for_lock(project, longer_than_ms=600), writer.commit):
            carried = project.run()
    assert project.names() == ["1_a", "2_b", "3_c", "4_d"]
    assert carried.locks == ()


@pytest.mark.majors(18)
def test_no_limit_when_asked(project: Project) -> None:
    limited(project, "ALTER TABLE a ADD COLUMN n int;\nSELECT pg_sleep(0.5);", 0.2)
    done = project.rowkeep("up", "--hold-limit", "0")
    assert done.returncode == 0, done.stderr
    assert "lock on public.a (ACCESS EXCLUSIVE): waited" in done.stdout
    assert project.rowkeep("up", "--hold-limit", "soon").returncode == 2


@pytest.mark.majors(14, 18)
def test_the_longest_wait_and_hold_are_told(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(project, "ALTER TABLE a ADD COLUMN n int;\nSELECT pg_sleep(1);\nCREATE INDEX ON p (id);", 30)
    project.settings = replace(project.settings, lock_timeout_ms=60_000)
    # Nobody looks first, so there is something to wait for.
    monkeypatch.setattr(BlockerWatch, "find_conflicting", lambda *_: [])
    with psycopg.connect(project.conninfo) as reader:
        reader.execute("SELECT * FROM a")

        def let_wait() -> None:
            try:
                wait_until(waits_for_lock(project, longer_than_ms=250))
            finally:
                reader.rollback()

        release = threading.Thread(target=let_wait)
        release.start()
        began = time.monotonic()
        carried = project.run()
        took = time.monotonic() - began
        release.join()
    told = {held.table: held for held in carried.locks}
    a, p = told["public.a"], told["public.p"]
    assert (a.mode, p.mode) == (LockMode.ACCESS_EXCLUSIVE, LockMode.SHARE)
    assert a.wait_s is not None
    assert a.wait_s >= 0.2
    # On a busy machine the client learns late that the lock was granted: some of the hold counts as wait.
    assert a.hold_s >= 0.5
    assert a.wait_s + a.hold_s <= took, "the time of the wait is no hold"
    assert p.hold_s <= a.hold_s - 0.25, "not before its own statement"
    [row] = [entry for entry in project.json("history")["result"]["entries"] if entry["migration"] == "2_b"]
    assert {lock["table"]: lock["mode"] for lock in row["locks"]} == {
        "public.a": "AccessExclusiveLock",
        "public.p": "ShareLock",
    }
    assert {lock["table"]: lock["hold_s"] for lock in row["locks"]} == {"public.a": a.hold_s, "public.p": p.hold_s}


TWO = [
    "ALTER TABLE p RENAME TO q;\nALTER TABLE a RENAME TO r;",
    "DROP TABLE p, a;",
    "TRUNCATE p, a;",
    "ALTER TABLE p ADD COLUMN a_id int REFERENCES a;",
]


@pytest.mark.majors(14, 18)
@pytest.mark.parametrize("change", TWO)
def test_two_tables_are_locked_first_and_in_order(project: Project, change: str) -> None:
    """Somebody reads the second table: the first one (by the change's own order) is not held meanwhile."""
    limited(project, change, 30)
    project.sql("ALTER TABLE a ADD PRIMARY KEY (id)")
    project.settings = replace(project.settings, lock_deadline_s=0.0, lock_timeout_ms=300)
    with psycopg.connect(project.conninfo) as other:
        other.execute("INSERT INTO a VALUES (1)")
        with pytest.raises(Busy):
            project.run()
        # Within the wait for a, p was free all the time: it would have been asked for after it.
        run = project.sql("SELECT details -> 'locks' -> '2_b' FROM rowkeep.run ORDER BY began_at DESC LIMIT 1")
    assert [lock["table"] for lock in run[0]] == ["public.a"]
    project.settings = replace(project.settings, lock_deadline_s=5.0)
    project.run()
    assert project.names() == ["1_a", "2_b"]


@pytest.mark.majors(14, 18)
def test_a_deadlock_that_psql_gets_into(project: Project) -> None:
    """The application locks a, then p; the change p, then a. By hand one of the two is shot; here nobody is."""
    change = ["ALTER TABLE p ADD COLUMN n int", "ALTER TABLE a ADD COLUMN n int"]
    limited(project, ";\n".join(change) + ";", 30)
    said: list[str] = []

    def application(first: threading.Event, changing: Callable[[], bool]) -> None:
        try:
            with psycopg.connect(project.conninfo) as connection:
                connection.execute("INSERT INTO a VALUES (1)")
                first.set()
                wait_until(changing)
                connection.execute("INSERT INTO p VALUES (floor(random() * 1e9))")
        except psycopg.Error as error:
            said.append(error.sqlstate or "")

    def beside(changing: Callable[[], bool]) -> threading.Thread:
        first = threading.Event()
        thread = threading.Thread(target=application, args=(first, changing))
        thread.start()
        first.wait()
        return thread

    thread = beside(waits_for_lock(project))
    with psycopg.connect(project.conninfo) as by_hand:
        try:
            for statement in change:
                by_hand.execute(statement)  # type: ignore[arg-type]
        except psycopg.Error as error:
            said.append(error.sqlstate or "")
        by_hand.rollback()
    thread.join()
    assert said == ["40P01"], "the story is told wrong"
    said.clear()
    thread = beside(lambda: any(isinstance(event, Waiting) for event in project.events))
    project.run()
    thread.join()
    assert said == []
    assert project.names() == ["1_a", "2_b"]


@pytest.mark.majors(18)
def test_who_may_not_lock_by_name_goes_on_as_before(project: Project) -> None:
    """The owner of a table who has given its rights away may alter it, and not lock it."""
    limited(project, "SET ROLE %s;\nALTER TABLE a ADD COLUMN n int;", 30)
    role = sql.Identifier(f"bare_{time.time_ns()}")
    with psycopg.connect(project.conninfo, autocommit=True) as connection:
        for command in ("CREATE ROLE {}", "ALTER TABLE a OWNER TO {}", "REVOKE ALL ON a FROM {}"):
            connection.execute(sql.SQL(command).format(role))
    path = project.migrations / "2_b.sql"
    path.write_text(path.read_text().replace("%s", role.as_string()).replace("n int;", "n int;\nRESET ROLE;"))
    carried = project.run()
    assert [held.table for held in carried.locks] == ["public.a"]
    assert project.names() == ["1_a", "2_b"]


@pytest.mark.majors(14, 18)
def test_a_vacuum_full_does_not_make_others_queue(project: Project) -> None:
    limited(project, "VACUUM (FULL) a;", 30)
    project.settings = replace(project.settings, lock_deadline_s=0.3)
    with psycopg.connect(project.conninfo) as reader:
        reader.execute("SELECT * FROM a")
        with pytest.raises((Busy, HalfDone)):
            project.run()
        with psycopg.connect(project.conninfo) as second:
            second.execute("SET lock_timeout = '100ms'")
            second.execute("SELECT * FROM a")
    carried = project.run()
    assert project.names() == ["1_a", "2_b"]
    assert [(held.table, held.wait_s) for held in carried.locks] == [("public.a", None)]
