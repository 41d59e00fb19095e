"""A program is run to its end, its words are heard, and it never outlives us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from tests.patience import PATIENCE_S

from rowkeep.errors import Bug, ProgramMissing
from rowkeep.programs import Programs, Version, child_process, run_program
from rowkeep.scratch import Server

# Only Linux's kernel ends the children of the killed.
DEATHS = (signal.SIGTERM, signal.SIGKILL) if sys.platform == "linux" else (signal.SIGTERM,)


def sleeping(server: Server) -> int:
    """How many sessions wait in pg_sleep."""
    with psycopg.connect(server.conninfo()) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"
        ).fetchone()
    assert row is not None
    return int(row[0])


def wait_for(server: Server, count: int) -> bool:
    until = time.monotonic() + PATIENCE_S
    while sleeping(server) != count:
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def test_output_complaint_and_code(server: Server) -> None:
    heard: list[str] = []
    beats: list[None] = []
    done = run_program(
        server.programs,
        "psql",
        ["-XAtq", "-v", "ON_ERROR_STOP=1", "-c", "SELECT current_user", "-c", "SELECT 1/0"],
        environment={"PGHOST": server.socket, "PGUSER": "postgres", "PGDATABASE": "postgres"},
        on_line=heard.append,
        beat=lambda: beats.append(None),
    )
    assert (done.ok, done.code, done.output) == (False, 1, "postgres\n")
    assert heard == done.complaint.splitlines() == ["ERROR:  division by zero"]
    assert beats


def test_output_into_a_file(server: Server, tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as file:
        done = run_program(server.programs, "pg_dump", ["--version"], stdout=file)
    assert done.ok
    assert done.output == ""
    assert str(server.programs.version) in (tmp_path / "out").read_text(encoding="utf-8")


@pytest.mark.majors(18)
def test_a_password_among_the_arguments_is_our_bug(server: Server) -> None:
    for argument in ("postgresql://ann:secret@host/db", "host=x password=secret", "--dbname=password=secret"):
        with pytest.raises(Bug) as caught:
            run_program(server.programs, "psql", ["-d", argument])
        assert "secret" not in str(caught.value)


@pytest.mark.majors(18)
def test_what_the_listener_raises_ends_the_program(server: Server) -> None:
    def beat() -> None:
        if sleeping(server):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_program(server.programs, "psql", ["-X", "-c", "SELECT pg_sleep(600)", server.conninfo()], beat=beat)
    assert wait_for(server, 0)


@pytest.mark.majors(18)
@pytest.mark.parametrize("number", DEATHS)
def test_it_does_not_outlive_us(server: Server, number: int, processes: Callable[[object], dict[int, str]]) -> None:
    mark = f"of test {number}"
    script = (
        "import signal, sys; from rowkeep.programs import Programs, Version, run_program;"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(9));"
        f"run_program(Programs(Version(18), {server.programs.directory!r}, frozenset(), 'test'), 'psql',"
        f" ['-X', '-c', 'SELECT pg_sleep(600) /* {mark} */', {server.conninfo()!r}])"
    )
    us = subprocess.Popen([sys.executable, "-c", script])
    try:
        assert wait_for(server, 1)
        assert len(processes(mark)) == 2, "psql and we"
        os.kill(us.pid, number)
        us.wait(PATIENCE_S)
    finally:
        us.kill()
    assert wait_for(server, 0)
    until = time.monotonic() + PATIENCE_S
    while (left := processes(mark)) and time.monotonic() < until:
        time.sleep(0.02)
    assert left == {}


def test_a_program_that_is_not_there() -> None:
    nowhere = Programs(Version(17, 1), "/nonexistent", frozenset(), "nowhere")
    with pytest.raises(ProgramMissing) as caught:
        run_program(nowhere, "pg_dump", [])
    assert "rowkeep tools install 17" in caught.value.instead


def test_what_does_not_end_is_killed_with_its_own_children(
    monkeypatch: pytest.MonkeyPatch, processes: Callable[[object], dict[int, str]]
) -> None:
    monkeypatch.setattr(child_process, "PATIENCE", 0.2)
    mark = "61.0625"
    with child_process.start_child(
        ["/bin/sh", "-c", f"trap '' INT; sleep {mark} & echo; wait"], stdout=subprocess.PIPE
    ) as shell:
        assert shell.stdout is not None and shell.stdout.readline() == b"\n"
        assert len(processes(mark)) == 2, "the shell and its child"
    assert shell.returncode == -signal.SIGKILL
    until = time.monotonic() + PATIENCE_S
    while (left := processes(mark)) and time.monotonic() < until:
        time.sleep(0.02)
    assert left == {}
