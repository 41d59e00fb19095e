"""Locks asked for politely, rights that are lacking, servers that must not be written to, poolers."""

from __future__ import annotations

import socket
import struct
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from tests.support.waiting import act_when, waits_for_lock

from rowkeep.database.connection.client_process import own_process
from rowkeep.database.connection.session import connect
from rowkeep.database.connection.session_policy import (
    SessionPolicy,
    apply_session_policy,
    hold_run_lock,
    session_policy,
)
from rowkeep.database.executor.run_plan import execute_plan
from rowkeep.domain.event import Event, Noted, Waiting
from rowkeep.errors import Busy, Failed, Refused, Remains

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Project

pytestmark = pytest.mark.server


@contextmanager
def reader(project: Project) -> Iterator[psycopg.Connection]:
    """Somebody who reads `a` in a transaction, until the block ends."""
    with psycopg.connect(project.conninfo, application_name="report") as connection:
        connection.execute("SELECT * FROM a")
        yield connection


def read_often(project: Project, until: threading.Event, reads: list[float]) -> None:
    """The application: short reads of `a`, one after another; `reads` are the moments when one has ended."""
    with psycopg.connect(project.conninfo, autocommit=True) as connection:
        while not until.is_set():
            connection.execute(b"SELECT count(*) FROM a")
            reads.append(time.monotonic())


def test_a_waiting_change_does_not_stall_the_application(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);\nCREATE TABLE untouched (id int);")
    project.run()
    project.write("2_b", "ALTER TABLE a ADD COLUMN n int;")
    waits: list[Waiting] = []
    over, reads, waiting_since = threading.Event(), [0.0], [float("inf")]

    def emit(event: Event) -> None:
        if isinstance(event, Waiting):
            waiting_since[0] = min(waiting_since[0], time.monotonic())
            waits.append(event)

    def application_goes_on() -> bool:
        """It has read fifty times since the change waits. Behind a lock that is asked for it could not read at all."""
        return len(reads) > 50 and reads[-50] > waiting_since[0]

    application = threading.Thread(target=read_often, args=(project, over, reads))
    with reader(project) as held:
        application.start()
        # The change cannot be made before the reader ends, and that ends when the application has gone on.
        with act_when(application_goes_on, held.rollback):
            project.run(emit=emit)
        pid = held.info.backend_pid
    over.set()
    application.join()
    assert project.names() == ["1_a", "2_b"]
    assert any(blocker.pid == pid and blocker.application == "report" for wait in waits for blocker in wait.blockers)


def test_a_spent_budget_names_who_is_in_the_way(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    project.run()
    project.write("2_b", "CREATE TABLE b (id int);\nALTER TABLE a ADD COLUMN n int;")
    project.settings = replace(project.settings, lock_deadline_s=0.6)
    with reader(project) as held, pytest.raises(Busy) as busy:
        project.run()
    assert [blocker.application for blocker in busy.value.blockers] == ["report"]
    assert held.closed
    assert busy.value.remains is Remains.ROLLED_BACK
    assert not project.exists("b")
    assert project.names() == ["1_a"]


def test_a_change_of_rows_waits_with_patience(project: Project) -> None:
    """Nobody queues behind an UPDATE that waits for a row: it need not step back."""
    project.write("1_a", "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);")
    project.run()
    project.write("2_b", "UPDATE a SET id = 2;\nALTER TABLE a ADD COLUMN n int;")
    with psycopg.connect(project.conninfo) as connection:
        connection.execute("UPDATE a SET id = 3")
        with act_when(lambda: any(isinstance(event, Waiting) for event in project.events), connection.commit):
            project.run()
    assert project.sql("SELECT id, n FROM a") == [(2, None)]


def test_an_index_build_waits_as_long_as_it_takes(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    project.run()
    project.write("2_b", "CREATE INDEX CONCURRENTLY i ON a (id);")
    project.settings = replace(project.settings, lock_deadline_s=0.2, lock_timeout_ms=50)
    events: list[Event] = []
    with psycopg.connect(project.conninfo, application_name="writer") as connection:
        connection.execute("INSERT INTO a VALUES (1)")

        def waits_and_says_so() -> bool:
            """Longer than the deadline of other changes."""
            return any(isinstance(event, Waiting) for event in events) and waits_for_lock(project, 500)()

        with act_when(waits_and_says_so, connection.commit):
            project.run(emit=events.append)
    assert project.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") == [True]
    told = [event for event in events if isinstance(event, Waiting)]
    assert any(blocker.application == "writer" for event in told for blocker in event.blockers)


def migrator(project: Project, *grants: str) -> str:
    """The connection string of a role of little power."""
    name = f"weak_{time.time_ns()}"
    with psycopg.connect(project.conninfo, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
        for grant in grants:
            connection.execute(sql.SQL(grant).format(role=sql.Identifier(name)))  # type: ignore[arg-type]
    return psycopg.conninfo.make_conninfo(project.conninfo, user=name)


def test_a_role_that_may_not_create_schemas_keeps_the_history_only(project: Project) -> None:
    weak = migrator(project, "GRANT CREATE ON SCHEMA public TO {role}")
    project.write("1_a", "CREATE TABLE a (id int);", "DROP TABLE a;")
    admin, project.conninfo = project.conninfo, weak
    project.run()
    warned = [event.message for event in project.events if isinstance(event, Noted) and event.warning]
    assert any("may not create the schema rowkeep" in message for message in warned)
    assert project.names() == ["1_a"]
    project.write("2_b", "CREATE INDEX CONCURRENTLY i ON a (id);")
    with pytest.raises(Refused, match="could not be resumed"):
        project.run()
    from rowkeep.domain.plan import Action
    from rowkeep.workflows.confirmation import Consent

    # Nobody has marked the database, and this role cannot: it counts as production.
    with pytest.raises(Refused, match="counts as production"):
        project.run(Action.DOWN, consent=Consent(untested=True))
    project.run(
        Action.DOWN, consent=Consent(lambda database, danger: None, backup=False, because="a test", untested=True)
    )
    assert project.names() == []
    project.conninfo = admin


def test_a_ledger_that_may_not_be_written_stops_the_run(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    project.run()
    project.write("2_b", "CREATE TABLE b (id int);")
    weak = migrator(
        project, "GRANT CREATE ON SCHEMA public TO {role}", "GRANT ALL ON pgmigrations, pgmigrations_id_seq TO {role}"
    )
    admin, project.conninfo = project.conninfo, weak
    with pytest.raises(Refused, match="may not write to it"):
        project.run()
    project.conninfo = admin
    assert project.names() == ["1_a"]


def test_no_right_to_make_the_history_table(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    project.sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    admin, project.conninfo = project.conninfo, migrator(project)
    with pytest.raises(Failed) as failed:
        project.run()
    project.conninfo = admin
    assert failed.value.sqlstate == "42501"
    assert project.names() == []


def test_a_database_that_is_read_only(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    name = project.sql("SELECT current_database()")[0]
    project.sql(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    project.run()
    assert project.names() == ["1_a"]
    assert any("default_transaction_read_only is on" in getattr(event, "message", "") for event in project.events)


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_what_is_set_on_a_session(project: Project) -> None:
    """As the server itself tells it from within a migration, behind its first strong lock."""
    project.sql("CREATE TABLE a (id int)")
    project.write(
        "1_a",
        "ALTER TABLE a ADD COLUMN n int;\nCREATE TABLE seen AS SELECT name, setting FROM pg_settings;",
    )
    project.settings = replace(project.settings, hold_limit_s=20, statement_timeout_ms=7000)
    project.run()
    seen = dict(project.sql("SELECT name, setting FROM seen"))
    wanted = {
        "application_name": "rowkeep" + own_process().mark,
        "client_connection_check_interval": "500",
        "deadlock_timeout": "25",
        "idle_in_transaction_session_timeout": "20000",
        "lock_timeout": "50",
        "search_path": '"public"',
        "statement_timeout": "7000",
    }
    assert {name: seen[name] for name in wanted} == wanted
    if "transaction_timeout" in seen:
        assert seen["transaction_timeout"] == "25000"
    with connect(project.conninfo) as session:
        apply_session_policy(session, session_policy(project.settings))
        assert session.connection.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("1min",)


class Pooler:
    """A pooler in transaction mode: many clients, one server session, lent for as long as nothing is in progress.

    It answers a client's start-up itself, with a process number of its own, as PgBouncer does.
    """

    def __init__(self, conninfo: str, directory: Path) -> None:
        parts = psycopg.conninfo.conninfo_to_dict(conninfo)
        self._turn = threading.Lock()
        self._server = socket.socket(socket.AF_UNIX)
        self._server.connect(f"{parts['host']}/.s.PGSQL.{parts['port']}")
        start = f"user\0{parts['user']}\0database\0{parts['dbname']}\0\0".encode()
        self._server.sendall(struct.pack("!ii", len(start) + 8, 3 << 16) + start)
        greeting = self._reply()
        # The client is told another process than the one that serves: message K is number and secret.
        at = greeting.index(b"K\x00\x00\x00\x0c")
        self._greeting = greeting[: at + 5] + struct.pack("!i", 4242) + greeting[at + 9 :]
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(directory / ".s.PGSQL.6432"))
        self._listener.listen()
        self.conninfo = psycopg.conninfo.make_conninfo(
            "", host=str(directory), port=6432, user=parts["user"], dbname=parts["dbname"], gssencmode="disable"
        )
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()
        self._server.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            client.recv(65536)
            client.sendall(self._greeting)
            while asked := client.recv(65536):
                if asked[:1] == b"X":
                    return
                with self._turn:
                    self._server.sendall(asked)
                    client.sendall(self._reply())

    def _reply(self) -> bytes:
        """All messages up to ReadyForQuery."""
        said = b""
        while said[-6:-1] != b"Z\x00\x00\x00\x05":
            said += self._server.recv(65536)
        return said


def test_a_transaction_pooler_is_refused(project: Project) -> None:
    with tempfile.TemporaryDirectory() as directory:
        pooler = Pooler(project.conninfo, Path(directory))
        project.write("1_a", "CREATE TABLE a (id int);")
        direct, project.conninfo = project.conninfo, pooler.conninfo
        with pytest.raises(Refused, match="pooler"):
            project.run()
        pooler.close()
        project.conninfo = direct
        project.run()


def test_a_run_without_rules_has_the_defaults(project: Project) -> None:
    from rowkeep.database.catalog.state import read_state
    from rowkeep.domain.plan import Request
    from rowkeep.files import read
    from rowkeep.plan.plan import make_plan
    from rowkeep.plan.survey import make_survey

    project.write("1_a", "CREATE TABLE a (id int);")
    with connect(project.conninfo) as session, hold_run_lock(session, SessionPolicy(), project.events.append):
        plan = make_plan(make_survey(read(project.settings), read_state(session, project.settings)), Request())
        assert len(execute_plan(session, plan, project.events.append, policy=SessionPolicy()).done) == 1
