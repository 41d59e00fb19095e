"""The run lock of a client that is gone, held on by a server that has not noticed: named, and ended when asked."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest
from tests.faults.proxy import Proxy
from tests.patience import PATIENCE_S

from rowkeep.database.connection import client_process
from rowkeep.database.connection.session_policy import RUN_LOCK_KEY
from rowkeep.domain.client import ClientFate, ClientProcess, client_fate, parse_client
from rowkeep.domain.event import Noted
from rowkeep.errors import Busy

if TYPE_CHECKING:
    from tests.support.project import Project

HOLDS = """
import sys, time
from rowkeep.database.connection.session_policy import SessionPolicy, hold_run_lock, apply_session_policy
from rowkeep.database.connection.session import connect
rules = SessionPolicy()
with connect(sys.argv[1], application="rowkeep deploy") as session:
    apply_session_policy(session, rules)
    with hold_run_lock(session, rules, print):
        print("held", flush=True)
        time.sleep(600)
"""
"""A run between two statements, as `deploy` is while it rehearses."""


@contextmanager
def run_that_holds(conninfo: str) -> Iterator[subprocess.Popen[str]]:
    """A run in a process of its own, which has the lock."""
    command = [sys.executable, "-c", HOLDS, conninfo]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        try:
            assert run.stdout is not None and run.stdout.readline() == "held\n"
            yield run
        finally:
            run.kill()


@contextmanager
def orphan(project: Project) -> Iterator[int]:
    """The number of a process that is gone, while the proxy before the server keeps its session."""
    with Proxy(project.conninfo, keeps=True) as proxy:
        with run_that_holds(proxy.conninfo) as run:
            os.kill(run.pid, signal.SIGKILL)
        yield run.pid


@pytest.mark.server
@pytest.mark.majors(14, 18)
def test_an_orphan_is_named_and_ended_when_asked(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    with orphan(project) as pid:
        busy = project.rowkeep("up")
        assert busy.returncode == 4, busy.stderr
        assert f"is an orphan: its process {pid} on this machine is gone" in busy.stderr
        assert "app=rowkeep deploy" in busy.stderr
        assert "the same command with --end-orphan" in busy.stderr
        assert project.names() == [], "never by itself"
        ended = project.rowkeep("up", "--end-orphan")
    assert ended.returncode == 0, ended.stderr
    assert "it was told to end, as --end-orphan asks" in ended.stderr
    assert project.names() == ["1_a"]
    (kept,) = project.sql("SELECT details -> 'ended_orphans' -> 0 ->> 'name' FROM rowkeep.run")
    assert kept.startswith(f"rowkeep deploy {pid}@")


@pytest.mark.server
@pytest.mark.majors(14, 18)
def test_who_lives_or_is_not_known_is_not_ended(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    project.settings = replace(project.settings, end_orphan=True)
    with run_that_holds(project.conninfo) as run, pytest.raises(Busy) as busy:
        project.run()
    assert f"is alive: process {run.pid} on this machine" in str(busy.value.why)
    assert not any("--end-orphan" in said for said in busy.value.instead)
    names = {
        "node-pg-migrate": "unknown whether its client is alive",
        "rowkeep 4711@elsewhere/1f.00000000aa": "process 4711 on elsewhere; whether it is alive can be seen only",
    }
    for name, words in names.items():
        with psycopg.connect(project.conninfo, autocommit=True, application_name=name) as other:
            other.execute("SELECT pg_advisory_lock(%s)", [RUN_LOCK_KEY])
            with pytest.raises(Busy) as busy:
                project.run()
            assert words in str(busy.value.why)
            assert other.execute("SELECT 1").fetchone() == (1,), "it is still there"
    assert not [event for event in project.events if isinstance(event, Noted)]


@pytest.mark.server
@pytest.mark.majors(18)
def test_a_role_that_may_not_end_it_is_told_who_may(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    project.sql("CREATE ROLE modest LOGIN")
    project.sql("GRANT pg_read_all_stats TO modest")
    modest = replace(
        project,
        conninfo=psycopg.conninfo.make_conninfo(project.conninfo, user="modest"),
        settings=replace(project.settings, end_orphan=True),
    )
    with orphan(project), pytest.raises(Busy) as busy:
        modest.run()
    assert "this role may not end its session" in busy.value.what
    assert "SELECT pg_terminate_backend(" in busy.value.instead[0]


@pytest.mark.server
@pytest.mark.majors(18)
def test_a_session_says_its_process_behind_its_own_name(project: Project) -> None:
    long = "a name of an application that is as long as PostgreSQL will keep"
    with run_that_holds(psycopg.conninfo.make_conninfo(project.conninfo, application_name=long)) as run:
        (name,) = project.sql("SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'a name%'")
    process = parse_client(name)
    assert process is not None and process.pid == run.pid and process.machine == client_process.machine_id()
    assert len(name) <= 63 and name.startswith("a name of an appl")


def test_what_can_be_known_of_a_client() -> None:
    here = client_process.own_process()
    assert parse_client("rowkeep" + here.mark) == replace(here, host=here.mark.split("@")[1].split("/")[0])
    assert client_fate(here, client_process.machine_id(), client_process.process_start(here.pid)) is ClientFate.ALIVE
    assert client_fate(here, client_process.machine_id(), None) is ClientFate.GONE
    assert client_fate(here, client_process.machine_id(), here.started + 1) is ClientFate.GONE, (
        "the number was given again"
    )
    assert client_fate(here, client_process.machine_id(), 0) is ClientFate.ALIVE, (
        "a process of that number is there; more may not be known"
    )
    assert client_fate(here, "0123456789", None) is ClientFate.ELSEWHERE
    assert client_fate(ClientProcess(here.pid, "mac"), "", None) is ClientFate.ELSEWHERE, "a system that does not tell"
    assert client_fate(parse_client("node-pg-migrate"), client_process.machine_id(), None) is ClientFate.UNTOLD
    assert parse_client("x 99999999999999999999@h") is None, "no process has such a number"


def test_a_process_that_waits_to_be_counted_out_is_gone() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    until = time.monotonic() + PATIENCE_S
    while client_process.process_start(child) is not None and time.monotonic() < until:
        select.select([], [], [], 0.01)
    assert client_process.process_start(child) is None
    os.kill(child, 0)  # to the system it is still there
    os.waitpid(child, 0)
    assert client_process.process_start(child) is None
