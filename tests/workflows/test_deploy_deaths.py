"""A deploy that dies: at every stage, by every signal. Production is before or after a migration, and the next deploy
goes through."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.patience import PATIENCE_S
from tests.support.forked_command import ForkedCommand, start_command
from tests.support.project import Project

MIGRATIONS = {
    "1_points": "ALTER TABLE users ADD COLUMN IF NOT EXISTS points int NOT NULL DEFAULT 0;",
    "2_index": "CREATE INDEX CONCURRENTLY IF NOT EXISTS users_points_idx ON users (points);",
    "3_notes": "CREATE TABLE IF NOT EXISTS notes (id int PRIMARY KEY, user_id int REFERENCES users (id));",
}
MADE = {
    "1_points": "SELECT count(*) FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'points'",
    "2_index": "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('users_points_idx') AND indisvalid",
    "3_notes": "SELECT count(*) FROM pg_class WHERE oid = to_regclass('notes')",
}
MOMENTS = (
    "-- Looking at migrations",
    "-- Reading the migrations",
    "-- Taking a backup",
    "-- Restoring the backup",
    "-- Rehearsing",
    "-- Applying",
    "   applied 1_points",
    "-- Comparing",
)


@pytest.fixture
def project(project: Project) -> tuple[str, Path]:
    """The database, and the directory of the project."""
    project.sql("CREATE TABLE users (id int PRIMARY KEY)")
    project.sql("INSERT INTO users SELECT generate_series(1, 2000)")
    for name, up in MIGRATIONS.items():
        project.write(name, up, None)
    return project.conninfo, project.root


@pytest.fixture
def scratch_directory() -> Iterator[Path]:
    """The directory where a deploy keeps its throw-away servers."""
    with tempfile.TemporaryDirectory(prefix="rkd-") as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


def command(database: str, directory: Path, scratch_directory: Path) -> ForkedCommand | subprocess.Popen[str]:
    words = ("deploy", "--yes", "--wait", "30s", "--database", database)
    environ = {**os.environ, "ROWKEEP_FETCH_PROGRAMS": "true", "TMPDIR": str(scratch_directory)}
    return start_command(*words, cwd=directory, env=environ)


def state(database: str) -> tuple[set[str], set[str]]:
    """What the history says, and what the catalog says."""
    with psycopg.connect(database) as connection:
        there = connection.execute("SELECT to_regclass('pgmigrations') IS NOT NULL").fetchone()
        rows = connection.execute("SELECT name FROM pgmigrations").fetchall() if there and there[0] else []
        made = {name for name, query in MADE.items() if connection.execute(query.encode()).fetchone() == (1,)}
    return {name for (name,) in rows}, made


def alone(database: str) -> None:
    """Wait until no session of a dead deploy is left, as the next run does."""
    with psycopg.connect(database, autocommit=True) as connection:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            found = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
                " AND backend_type = 'client backend'"
            ).fetchone()
            if found == (0,):
                return
            time.sleep(0.05)
    raise AssertionError("a session of the dead deploy is still there")


IDS = [moment.strip(" -").split()[0].lower() for moment in MOMENTS]


@pytest.mark.majors(15, 18, in_turn=True)
@pytest.mark.parametrize("moment", MOMENTS, ids=IDS)
def test_killed_at(project: tuple[str, Path], scratch_directory: Path, moment: str) -> None:
    dies(project, scratch_directory, moment, signal.SIGKILL)


@pytest.mark.majors(18)
@pytest.mark.parametrize(
    ("moment", "number"),
    [(moment, (signal.SIGINT, signal.SIGTERM)[n % 2]) for n, moment in enumerate(MOMENTS)],
    ids=IDS,
)
def test_interrupted_at(
    project: tuple[str, Path], scratch_directory: Path, moment: str, number: signal.Signals
) -> None:
    dies(project, scratch_directory, moment, number)


def dies(project: tuple[str, Path], scratch_directory: Path, moment: str, number: signal.Signals) -> None:
    """Let a deploy die at `moment`, look at what it left, and deploy again."""
    database, directory = project
    process = command(database, directory, scratch_directory)
    assert process.stderr is not None
    seen = []
    applying = False
    for line in process.stderr:
        seen.append(line)
        applying = applying or line.startswith("-- Applying")
        # The rehearsal tells the same `applied` first; the one in production is meant.
        if line.startswith(moment) and (applying or not moment.startswith("   applied")):
            process.send_signal(number)
            break
    said, errors = process.communicate(timeout=PATIENCE_S)
    errors = "".join(seen) + errors
    if number is signal.SIGKILL:
        assert process.returncode == -9
    elif process.returncode != 0:
        # The signal may come when the last statement is done; otherwise it is told as what it is.
        assert process.returncode == 128 + number, errors
        assert "= state:" in errors
    if number is not signal.SIGKILL:
        assert list(scratch_directory.iterdir()) == [], "both throw-away servers are gone before the command ends"
    assert "Traceback" not in said + errors

    alone(database)
    history, made = state(database)
    unrecorded = made - history
    # Only what cannot be in one transaction with its record may be ahead of it; the next run sees that it is done.
    assert unrecorded <= {"2_index"}
    assert history <= made

    again = command(database, directory, scratch_directory)
    said, errors = again.communicate(timeout=PATIENCE_S)
    assert again.returncode == 0, errors
    assert state(database) == (set(MIGRATIONS), set(MIGRATIONS))
    assert list(scratch_directory.iterdir()) == [], "the second deploy has removed what the first one left"
    left = [path.name for path in (directory / "backups").iterdir() if ".partial" in path.name]
    assert left == []
