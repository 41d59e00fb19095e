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

SLEEPER = "-- Up Migration\nCREATE TABLE half (id int);\nSELECT pg_sleep({});\n-- Down Migration\nDROP TABLE half;\n"


@pytest.mark.server
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_cancels_on_the_server(number: signal.Signals, code: int, database: str, tmp_path: Path) -> None:
    migration = tmp_path / "migrations" / "1700000000000_sleeper.sql"
    migration.parent.mkdir()
    migration.write_text(SLEEPER.format(60))
    environ = os.environ | {"DATABASE_URL": database}
    up = [sys.executable, "-m", "rowkeep", "up"]
    child = subprocess.Popen(
        up,
        cwd=tmp_path,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
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
    again = subprocess.run(up, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=PATIENCE_S)
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
