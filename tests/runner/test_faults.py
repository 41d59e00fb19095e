"""Death, signals, broken connections: before or after a migration, never between, and one more run finishes."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import psycopg
import pytest
from tests.patience import PATIENCE_S
from tests.support.forked_command import start_command
from tests.support.waiting import act_when, wait_until

from rowkeep.database.connection.session import connect
from rowkeep.database.connection.session_policy import apply_session_policy, hold_run_lock, session_policy
from rowkeep.database.executor.dispatch import dispatch
from rowkeep.database.executor.run_context import RunContext
from rowkeep.database.executor.run_plan import execute_plan
from rowkeep.domain.event import Event, MigrationFinished, Noted, StatementStarted, Waiting
from rowkeep.domain.instruction import Instruction, InstructionResult
from rowkeep.domain.plan import Request
from rowkeep.errors import Busy, Interrupted, Remains, Unreachable
from rowkeep.plan.plan import make_plan
from rowkeep.workflows.migrate import read_survey

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.server

TABLES = {"1_a": "a", "3_c": "c", "4_d": "d"}


def mixed(project: Project) -> None:
    """Transactional and other migrations. What runs twice or half fails: every statement leaves its own trace."""
    project.write("1_a", "CREATE TABLE a (id int PRIMARY KEY);\nINSERT INTO a SELECT generate_series(1, 100);")
    project.write(
        "2_b", "INSERT INTO a VALUES (101);\nCREATE INDEX CONCURRENTLY i ON a (id);\nINSERT INTO a VALUES (102);"
    )
    project.write("3_c", "CREATE TABLE c (id int);\nINSERT INTO c VALUES (1);")
    project.write("4_d", "CREATE TABLE d AS SELECT count(*) FROM a;")


def alone(project: Project) -> bool:
    """Whether no other session works in the database."""
    return project.sql(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    ) == [0]


def consistent(project: Project) -> None:
    """History tells exactly what the catalog holds."""
    names = project.names()
    for name, table in TABLES.items():
        assert project.exists(table) == (name in names), f"{name}: history and catalog disagree"


def finished(project: Project) -> None:
    """One more run, and everything is there once."""
    project.run()
    assert project.names() == ["1_a", "2_b", "3_c", "4_d"]
    assert project.sql("SELECT count(*) FROM a") == [102]
    assert project.sql("SELECT count FROM d") == [102]
    assert project.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") == [True]
    assert project.sql("SELECT count(*) FROM rowkeep.checkpoint") == [0]
    applied = project.sql("SELECT migration FROM rowkeep.entry WHERE outcome = 'applied' ORDER BY id")
    assert applied == ["1_a", "2_b", "3_c", "4_d"]


ORDERS = 12
"""Open, 1_a, four marks and statements, Inspect, Record of 2_b, 3_c, 4_d, Close."""


def test_how_many_orders_there_are(project: Project) -> None:
    mixed(project)
    orders = []

    def counted(context: RunContext, order: Instruction) -> InstructionResult:
        orders.append(order)
        return dispatch(context, order)

    with connect(project.conninfo) as session:
        rules = session_policy(project.settings)
        apply_session_policy(session, rules)
        with hold_run_lock(session, rules, print):
            plan = make_plan(read_survey(session, project.settings), Request())
            execute_plan(session, plan, print, policy=rules, dispatching=counted)
    assert len(orders) == ORDERS


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", range(ORDERS))
@pytest.mark.majors(18)
def test_kill_at_every_order(project: Project, moment: str, number: int) -> None:
    mixed(project)
    assert project.die(moment, number) == -signal.SIGKILL
    wait_until(lambda: alone(project))
    consistent(project)
    finished(project)


@pytest.mark.parametrize("number", [1, 3, 5, 9])
def test_kill_while_a_statement_is_at_work(project: Project, number: int) -> None:
    mixed(project)
    assert project.die("event", number) == -signal.SIGKILL
    wait_until(lambda: alone(project))
    consistent(project)
    finished(project)


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_a_killed_client_does_not_commit_behind_our_back(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);\nSELECT pg_sleep(600);")
    assert project.die("event", 3) == -signal.SIGKILL
    wait_until(lambda: alone(project))  # long before the statement would have ended
    assert not project.exists("a")
    assert project.names() == []


@pytest.mark.parametrize(("by", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_cancel_on_the_server(project: Project, by: int, code: int) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    project.write("2_b", "CREATE TABLE b (id int);\nSELECT pg_sleep(20);")
    running = start_command("up", cwd=project.root, env={**os.environ, "DATABASE_URL": project.conninfo})
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(20)' AND state = 'active'"
    wait_until(lambda: project.sql(sleeping) == [1])
    running.send_signal(by)
    _, said = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == code, said
    assert "rolled back; nothing of this migration remains (1 migration of this run is applied: 1_a)" in said
    assert alone(project)
    assert project.names() == ["1_a"]
    assert not project.exists("b")
    assert project.sql("SELECT outcome FROM rowkeep.run") == ["interrupted"]


def terminate(project: Project) -> None:
    project.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name LIKE 'rowkeep %' AND pid <> pg_backend_pid()"
    )


def test_an_ended_session_is_rolled_back_and_said(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);\nSELECT pg_sleep(20);")

    asleep = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)%' AND wait_event = 'PgSleep'"
    ending = act_when(lambda: project.sql(asleep) == [1], lambda: terminate(project))
    with pytest.raises(Unreachable) as lost, ending:
        project.run()
    assert lost.value.remains is Remains.ROLLED_BACK
    assert not project.exists("a")
    assert project.names() == []


@pytest.mark.parametrize("committed", [True, False])
def test_a_connection_cut_around_commit_is_looked_up(project: Project, committed: bool) -> None:
    """The socket is cut when the last statement's answer is there: the COMMIT is on its way, or did not come."""
    from rowkeep.database.connection.pipeline import ConnectionLost, run_pipeline
    from rowkeep.database.executor import send

    project.write("1_a", "CREATE TABLE a (id int);")
    project.write("2_b", "CREATE TABLE b (id int);")
    real, cut = run_pipeline, []

    def cutting(session: object, commands: list[object], *rest: object, **more: object) -> object:
        answers = real(session, commands, *rest, **more)  # type: ignore[arg-type]
        if cut or len(commands) < 4:
            yield from answers
            return
        cut.append(True)
        if committed:
            list(answers)
        session.connection.close()  # type: ignore[attr-defined]
        raise ConnectionLost("cut")

    events: list[Event] = []
    send.run_pipeline = cutting  # type: ignore[assignment]
    try:
        if committed:
            done = project.run(emit=events.append).done
            assert [step.name for step, _ in done] == ["1_a", "2_b"]
        else:
            with pytest.raises(Unreachable) as lost:
                project.run(emit=events.append)
            assert lost.value.remains is Remains.ROLLED_BACK
    finally:
        send.run_pipeline = real
    assert cut, "nothing was cut"
    assert project.exists("a") is committed
    project.run()
    assert project.names() == ["1_a", "2_b"]
    assert project.sql("SELECT count(*) FROM rowkeep.entry WHERE outcome = 'applied'") == [2]


def test_the_same_run_in_several_processes_applies_exactly_once(project: Project) -> None:
    mixed(project)
    environ = {**os.environ, "DATABASE_URL": project.conninfo}
    runs = [start_command("up", "--wait", "30s", cwd=project.root, env=environ) for _ in range(4)]
    said = [run.communicate(timeout=PATIENCE_S)[1] for run in runs]
    assert [run.returncode for run in runs] == [0] * 4, said
    finished(project)


def test_a_busy_run_is_named(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    with psycopg.connect(project.conninfo, autocommit=True, application_name="node-pg-migrate") as other:
        other.execute("SELECT pg_advisory_lock(7241865325823964)")
        busy = project.rowkeep("up")
        with pytest.raises(Busy) as refused:
            project.run()
        assert refused.value.blockers[0].pid == other.info.backend_pid
        assert busy.returncode == 4
    assert "app=node-pg-migrate" in busy.stderr
    assert project.names() == []


def test_interrupted_between_migrations(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    project.write("2_b", "CREATE TABLE b (id int);")

    def emit(event: Event) -> None:
        if isinstance(event, MigrationFinished):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Interrupted):
        project.run(emit=emit)
    assert project.names() == ["1_a"]


def test_an_interrupted_index_build_is_begun_anew(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    project.run()
    project.write("2_b", "CREATE INDEX CONCURRENTLY i ON a (id);")

    def emit(event: Event) -> None:
        if isinstance(event, Waiting):
            os.kill(os.getpid(), signal.SIGTERM)

    with psycopg.connect(project.conninfo) as writer:
        writer.execute("INSERT INTO a VALUES (1)")
        with pytest.raises(Interrupted) as interrupted:
            project.run(emit=emit)
    assert interrupted.value.signal == signal.SIGTERM
    assert project.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") == [False]
    project.run()
    assert project.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") == [True]
    assert project.names() == ["1_a", "2_b"]


def test_the_second_ctrl_c_does_not_wait(project: Project) -> None:
    project.write("1_a", "SELECT pg_sleep(20);")
    pids: list[int] = []
    heard = threading.Event()

    def twice() -> None:
        # A server process that is stopped hears no request to cancel: the run cannot end before the second signal.
        asleep = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(20)%' AND wait_event = 'PgSleep'"
        wait_until(lambda: project.sql(asleep) != [])
        pids.extend(project.sql(asleep))
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        os.kill(os.getpid(), signal.SIGINT)
        assert heard.wait(PATIENCE_S)
        os.kill(os.getpid(), signal.SIGINT)

    def emit(event: Event) -> None:
        if isinstance(event, StatementStarted):
            threading.Thread(target=twice).start()
        if isinstance(event, Noted) and "once more leaves without waiting" in event.message:
            heard.set()

    try:
        with pytest.raises(Interrupted) as interrupted:
            project.run(emit=emit)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    assert interrupted.value.remains is Remains.UNKNOWN
    wait_until(lambda: alone(project))
    assert project.names() == []
