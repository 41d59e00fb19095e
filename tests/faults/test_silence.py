"""A network that falls silent: nothing is closed, nothing comes. A run notices, says so, and ends."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from tests.faults.proxy import Silent
from tests.patience import PATIENCE_S

from rowkeep.database.connection import network
from rowkeep.database.connection.session import connect
from rowkeep.database.connection.subprocess_env import split_connection
from rowkeep.domain.event import Event, Noted, StatementStarted
from rowkeep.errors import Interrupted, RowkeepError, Unreachable

if TYPE_CHECKING:
    from tests.support.project import Project

SHORT = " tcp_user_timeout=1000 connect_timeout=2"
STATEMENTS = (
    "SELECT pg_catalog.pg_sleep(600);",
    "CREATE INDEX CONCURRENTLY i ON public.t (public.slow(id));",
)


@pytest.mark.faults
@pytest.mark.majors(18)
@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_run_ends_in_silence(project: Project, statement: str) -> None:
    project.sql("CREATE TABLE public.t AS SELECT 1 AS id")
    project.sql(
        "CREATE FUNCTION public.slow(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_catalog.pg_sleep(600); RETURN 1; END'"
    )
    project.write("1_a", statement)
    direct = project.conninfo
    with Silent(direct) as proxy:
        project.conninfo = proxy.conninfo + SHORT

        def emit(event: Event) -> None:
            project.events.append(event)
            if isinstance(event, StatementStarted):
                proxy.hushed.set()

        began = time.monotonic()
        with pytest.raises(RowkeepError) as ended:
            project.run(emit=emit)
        assert time.monotonic() - began < PATIENCE_S, "it waits for the statement"
        assert isinstance(ended.value, Unreachable)
        said = [event.message for event in project.events if isinstance(event, Noted)]
        assert any("the connection was lost" in each for each in (*said, ended.value.what))
    project.conninfo = direct
    project.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid()"
    )


@pytest.mark.faults
@pytest.mark.majors(18)
def test_a_statement_that_takes_long_is_waited_for(project: Project) -> None:
    """The server says, over a second connection, that it is at work."""
    project.write("1_a", "SELECT pg_catalog.pg_sleep(4);")
    with Silent(project.conninfo) as proxy:
        project.conninfo = proxy.conninfo + SHORT
        project.run()


@pytest.mark.majors(18)
def test_the_first_interruption_says_what_is_waited_for(project: Project) -> None:
    project.write("1_a", "SELECT pg_catalog.pg_sleep(600);")

    def emit(event: Event) -> None:
        project.events.append(event)
        if isinstance(event, StatementStarted):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Interrupted):
        project.run(emit=emit)
    said = [event.message for event in project.events if isinstance(event, Noted)]
    assert any("interrupted (Ctrl-C): cancelling 1_a at" in each and "waiting" in each for each in said), said


@pytest.mark.majors(14, 18)
def test_both_sides_are_told_to_notice_silence(database: str) -> None:
    with Silent(database) as proxy:
        with connect(proxy.conninfo) as session:
            told = network.of_server(session.connection.pgconn)
            assert told == {
                "tcp_keepalives_idle": "10",
                "tcp_keepalives_interval": "5",
                "tcp_keepalives_count": "3",
                "tcp_user_timeout": "20000ms",
            }
            assert told.items() <= session.own.ours.items()
            parts = psycopg.conninfo.conninfo_to_dict(split_connection(proxy.conninfo, session).conninfo)
            assert parts["tcp_user_timeout"] == "20000" and parts["keepalives_idle"] == "10"
        with connect(f"{proxy.conninfo} keepalives_idle=77 tcp_user_timeout=5000") as session:
            assert network.of_server(session.connection.pgconn)["tcp_keepalives_idle"] == "77"
            assert session.silence_s == 5.0


def test_what_a_user_has_set_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PGCONNECT_TIMEOUT", raising=False)
    assert network.defaults({}) == network.DEFAULTS
    assert "keepalives_idle" not in network.defaults({"keepalives_idle": "1"})
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "3")
    assert "connect_timeout" not in network.defaults({})
    (tmp_path / "services").write_text("# ours\n[shop]\nhost=db\ntcp_user_timeout=7\n")
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    assert "tcp_user_timeout" not in network.defaults({"service": "shop"})
    assert "tcp_user_timeout" in network.defaults({"service": "another"})
