"""Round trips with the real node-pg-migrate: either tool the day after, and both agree at each step."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from tests.patience import PATIENCE_S
from tests.runner.node_pg_migrate_tool import Old, installed

from rowkeep.domain.plan import Action
from rowkeep.errors import Busy, Refused

if TYPE_CHECKING:
    from conftest import Project

pytestmark = [pytest.mark.server, pytest.mark.majors(18), pytest.mark.npm, pytest.mark.xdist_group("npm")]


@pytest.fixture(scope="session")
def node_pg_migrate() -> Path:
    """The program of the newest major version."""
    return installed(9)


@pytest.fixture
def old(node_pg_migrate: Path, project: Project) -> Old:
    for number, table in enumerate("abcdef", 1):
        project.write(f"170000000000{number}_make-{table}", f"CREATE TABLE {table} (id int);", f"DROP TABLE {table};")
    return Old(node_pg_migrate, project)


def names(project: Project, count: int) -> list[str]:
    return sorted(path.stem for path in project.migrations.iterdir())[:count]


@pytest.mark.majors(15, 18)
def test_the_old_tool_begins_and_either_goes_on(project: Project, old: Old) -> None:
    assert old("up", "2").returncode == 0
    old.agrees(names(project, 2))
    project.run(count=2)
    old.agrees(names(project, 4))
    assert old("up").returncode == 0
    old.agrees(names(project, 6))
    project.run(Action.DOWN, count=2)
    old.agrees(names(project, 4))
    assert old("down").returncode == 0
    old.agrees(names(project, 3))
    assert not project.exists("d")
    project.run(Action.REDO)
    old.agrees(names(project, 3))
    assert old("redo").returncode == 0
    old.agrees(names(project, 6))
    project.run(Action.DOWN, count=6)
    old.agrees([])
    assert not any(project.exists(table) for table in "abcdef")
    project.run()
    old.agrees(names(project, 6))


def test_rowkeep_begins_and_the_old_tool_goes_on(project: Project, old: Old) -> None:
    project.run(count=3)
    old.agrees(names(project, 3))
    assert old("up", "1").returncode == 0
    assert old("down", "2").returncode == 0
    old.agrees(names(project, 2))
    project.run()
    old.agrees(names(project, 6))
    told = project.json("history")["result"]["entries"]
    assert [entry["migration"] for entry in told if entry["standing"]] == names(project, 6)


def test_what_the_old_tool_applied_anew_is_not_called_edited(project: Project, old: Old) -> None:
    """An entry of the ledger belongs to a row of history, not to a name."""
    project.run(count=1)
    assert old("down").returncode == 0
    project.write(names(project, 1)[0], "CREATE TABLE a (id text);", "DROP TABLE a;")
    assert old("up", "1").returncode == 0
    assert project.survey().changed == ()
    project.run()
    project.write(names(project, 1)[0], "CREATE TABLE a (id date);", "DROP TABLE a;")
    with pytest.raises(Refused, match="edited"):
        project.run()


def test_one_keeps_the_other_out(project: Project, old: Old) -> None:
    project.write(names(project, 1)[0], "SELECT pg_sleep(1.5);", "")
    with psycopg.connect(project.conninfo, autocommit=True) as session:
        session.execute("SELECT pg_advisory_lock(7241865325823964)")
        assert "Another migration is already running" in old("up").stderr
        with pytest.raises(Busy):
            project.run()
    parts = [str(old.program), "up"]
    conninfo = psycopg.conninfo.conninfo_to_dict(project.conninfo)
    environ = {**os.environ, "PGHOST": str(conninfo["host"]), "PGPORT": str(conninfo["port"])}
    environ |= {"PGUSER": str(conninfo["user"]), "PGDATABASE": str(conninfo["dbname"])}
    with subprocess.Popen(parts, cwd=project.root, env=environ, stdout=subprocess.PIPE) as running:
        sleeping = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        while project.sql(sleeping) == [0] and running.poll() is None:
            pass
        said = project.rowkeep("up", "--wait", "20s")
        assert running.wait(timeout=PATIENCE_S) == 0
    assert (said.returncode, "nothing to do" in said.stdout) == (0, True)
    old.agrees(names(project, 6))


def test_what_is_settled_without_running_is_in_order_for_the_old_tool(project: Project, old: Old) -> None:
    assert project.rowkeep("baseline", names(project, 2)[-1]).returncode == 0
    old.agrees(names(project, 2))
    third, fourth = names(project, 4)[2:]
    assert project.rowkeep("mark", "applied", fourth, "--because", "x").returncode == 0
    assert project.rowkeep("mark", "applied", third, "--because", "x").returncode == 0
    old.agrees(names(project, 4))
    assert project.rowkeep("mark", "unapplied", fourth, "--because", "x").returncode == 0
    old.agrees(names(project, 3))
    assert old("up", "1").returncode == 0
    old.agrees(names(project, 4))
    assert project.exists("d")
    assert not project.exists("c")


def test_a_migration_in_python_is_nothing_to_the_old_tool(project: Project, old: Old) -> None:
    """It loads every file; with an ignore-pattern it passes the file over, and misses it in the order."""
    for path in project.migrations.iterdir():
        path.unlink()
    project.write("1_a", "CREATE TABLE a (id int);", "DROP TABLE a;")
    python = "def up(db):\n    db.execute('CREATE TABLE b (id int)')\ndef down(db):\n    db.execute('DROP TABLE b')\n"
    (project.migrations / "2_b.py").write_text(python)
    project.write("3_c", "CREATE TABLE c (id int);", "DROP TABLE c;")
    assert old("up").returncode != 0
    assert project.names() == []
    project.run(count=2)
    passed_over = ("--ignore-pattern", r"\..*|.*\.py")
    refused = old("up", *passed_over)
    assert refused.returncode == 1
    assert "Not run migration 3_c is preceding already run migration 2_b" in refused.stderr
    done = old("up", *passed_over, "--no-check-order")
    assert done.returncode == 0, done.stderr
    assert project.names() == [item.name for item in project.survey().applied] == ["1_a", "2_b", "3_c"]
    assert old("down", *passed_over, "--no-check-order").returncode == 0
    undone = old("down", *passed_over, "--no-check-order")
    assert "Definitions of migrations 2_b have been deleted" in undone.stderr
    project.run(Action.DOWN, count=2)
    assert project.names() == []
