"""A signal in the middle of `up`, on a real server: cancelled there, rolled back, said, and the next run goes on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from tests.patience import PATIENCE_S
from tests.support.forked_command import run_command, start_command

from rowkeep.database.queries import load_query

SLEEPER = "-- Up Migration\nCREATE TABLE half (id int);\nSELECT pg_sleep({});\n-- Down Migration\nDROP TABLE half;\n"


@pytest.mark.server
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_cancels_on_the_server(number: signal.Signals, code: int, database: str, tmp_path: Path) -> None:
    migration = tmp_path / "migrations" / "1700000000000_sleeper.sql"
    migration.parent.mkdir()
    migration.write_text(SLEEPER.format(60))
    environ = os.environ | {"DATABASE_URL": database}
    child = start_command("up", cwd=tmp_path, env=environ)
    try:
        with psycopg.connect(database, autocommit=True) as watcher:
            _until(watcher, asleep=True)
            child.send_signal(number)
            out, err = child.communicate(timeout=PATIENCE_S)
            _until(watcher, asleep=False)
            left = watcher.execute("SELECT to_regclass('half')").fetchone()
    finally:
        child.kill()
        child.communicate()
    assert (child.returncode, out, left) == (code, "", (None,))
    assert "= state: rolled back" in err
    assert "= next:  rowkeep up" in err
    assert "Traceback" not in err
    migration.write_text(SLEEPER.format(0))
    again = run_command("up", cwd=tmp_path, env=environ)
    assert again.returncode == 0, again.stderr


def _until(watcher: psycopg.Connection[tuple[object, ...]], *, asleep: bool) -> None:
    """Wait until the statement is at work on the server, or no longer."""
    late = time.monotonic() + PATIENCE_S
    question = (
        "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
    )
    while watcher.execute(question).fetchone() != (asleep,):
        assert time.monotonic() < late, "the statement never began" if asleep else "the statement is still at work"
        time.sleep(0.05)


@pytest.mark.server
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("status",), "cancelling the statement on the server (The rows of the history table"),
        (("doctor",), "cancelling the statement on the server ("),
        (("verify",), "cancelling the statement on the server (The newest s"),
        (("backup", "create"), "cancelling the statement on the server (The tables whose rows"),
    ],
    ids=["status", "doctor", "verify", "backup"],
)
def test_the_first_signal_says_what_is_cancelled(
    words: tuple[str, ...], said: str, database: str, tmp_path: Path
) -> None:
    """A lock on a table of ours keeps each of them waiting."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "1_a.sql").write_text("-- Up Migration\nSELECT 1;\n")
    with psycopg.connect(database) as blocker, psycopg.connect(database, autocommit=True) as watcher:
        history = "CREATE TABLE pgmigrations (id serial PRIMARY KEY, name varchar(255), run_on timestamp)"
        watcher.execute(history)
        watcher.execute(load_query("ledger.create_schema"))
        watcher.execute(load_query("expected_structure.create_table"))
        table = "rowkeep.structure" if words[0] == "verify" else "pgmigrations"
        blocker.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
        child = start_command(*words, cwd=tmp_path, env=os.environ | {"DATABASE_URL": database})
        try:
            late = time.monotonic() + PATIENCE_S
            waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            while watcher.execute(waits).fetchone() == (0,):
                assert time.monotonic() < late, "it never waited"
                assert child.poll() is None, child.communicate()
                time.sleep(0.05)
            child.send_signal(signal.SIGINT)
            _, err = child.communicate(timeout=PATIENCE_S)
        finally:
            child.kill()
            child.communicate()
    assert child.returncode == 130, err
    told = " ".join(err.split())
    assert f"interrupted (Ctrl-C): {said}" in told
    assert "interrupt again to leave without waiting" in told
    assert "Traceback" not in err


def test_the_first_signal_says_which_program_is_ended(tmp_path: Path) -> None:
    (tmp_path / "pg_dump").write_text("#!/bin/sh\necho begun >&2\nexec sleep 600\n")
    (tmp_path / "pg_dump").chmod(0o755)
    text = (
        "import signal, sys\n"
        "from rowkeep import cli\n"
        "from rowkeep.cli.command_context import CommandContext\n"
        "from rowkeep.config import Settings\n"
        "from rowkeep.domain.deploy.program import Programs, Version\n"
        "from rowkeep.programs.execute import run_program\n"
        "context = CommandContext(Settings(), command='backup', output_format='text', quiet=False, "
        "verbose=False, color='never')\n"
        "cli._install_signal_handlers({'context': context})\n"
        f"dump = Programs(Version(18, 0), {str(tmp_path)!r}, frozenset(['pg_dump']), 'here')\n"
        "run_program(dump, 'pg_dump', [], on_line=lambda line: signal.raise_signal(signal.SIGINT))\n"
    )
    ran = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=PATIENCE_S)
    said = (
        "interrupted (Ctrl-C): ending pg_dump, and waiting until it is gone; interrupt again to leave without waiting"
    )
    assert said in " ".join(ran.stderr.split())
