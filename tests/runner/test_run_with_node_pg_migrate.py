"""JavaScript among SQL: handed to the project's own node-pg-migrate when asked, one migration at a time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from tests.patience import PATIENCE_S
from tests.runner.node_pg_migrate_tool import Old, installed

from rowkeep.database.executor import node_pg_migrate
from rowkeep.domain.plan import Action
from rowkeep.errors import Failed, HalfDone, ProgramMissing, Refused

if TYPE_CHECKING:
    from conftest import Project

pytestmark = [pytest.mark.server, pytest.mark.majors(18), pytest.mark.npm, pytest.mark.xdist_group("npm")]

OPTION = "--with-node-pg-migrate"


def script(project: Project, name: str, up: str, down: str = "") -> Path:
    """A migration in JavaScript: statements of the functions."""
    path = project.migrations / f"{name}.js"
    path.write_text(f"exports.up = async (pgm) => {{ {up} }};\nexports.down = async (pgm) => {{ {down} }};\n")
    return path


def install(project: Project, version: int = 9) -> None:
    """Give the project the old tool, as `npm install` does."""
    (project.root / "node_modules").symlink_to(installed(version).parent.parent)


@pytest.fixture
def mixed(project: Project) -> Project:
    """SQL, JavaScript, SQL, JavaScript; and one in Python, which the old tool must not see."""
    install(project)
    project.write("1_a", "CREATE TABLE a (id int);", "DROP TABLE a;")
    script(project, "2_b", "pgm.createTable('b', { id: 'id' });", "pgm.dropTable('b');")
    (project.migrations / "3_c.py").write_text("def up(db):\n    db.execute('CREATE TABLE c (id int)')\n")
    script(project, "4_d", "pgm.sql('CREATE TABLE d (id int)');", "pgm.sql('DROP TABLE d');")
    project.write("5_e", "CREATE TABLE e (id int);", "DROP TABLE e;")
    return project


ENTRIES = (
    "SELECT migration, direction, outcome, message, raw_checksum <> '', seconds > 0 FROM rowkeep.entry ORDER BY id"
)


@pytest.mark.parametrize("version", [7, 8, 9])
def test_up_and_down_in_their_turn(project: Project, mixed: Project, version: int) -> None:
    (project.root / "node_modules").unlink()
    install(project, version)
    project.run(hand_over=True)
    names = ["1_a", "2_b", "3_c", "4_d", "5_e"]
    assert project.names() == names
    assert all(project.exists(table) for table in "abcde")
    project.run(Action.DOWN, count=2, hand_over=True)
    assert project.names() == names[:3]
    assert not project.exists("d")
    told = [row for row in project.sql(ENTRIES) if row[0] in ("2_b", "4_d")]
    assert told == [
        ("2_b", "up", "applied", "by node-pg-migrate", True, True),
        ("4_d", "up", "applied", "by node-pg-migrate", True, True),
        ("4_d", "down", "undone", "by node-pg-migrate", True, True),
    ]
    project.run(hand_over=True)
    assert project.names() == names


def test_the_old_tool_goes_on(project: Project, mixed: Project) -> None:
    (project.migrations / "3_c.py").unlink()
    assert project.rowkeep("up", OPTION).returncode == 0
    Old(installed(9), project).agrees(["1_a", "2_b", "4_d", "5_e"])


def test_as_a_person_types_it(project: Project, mixed: Project) -> None:
    """Without the option it is refused before anything is done; the plan says who runs it; a plan kept is obeyed."""
    refused = project.rowkeep("up")
    assert refused.returncode == 1
    assert f"rowkeep up {OPTION}" in refused.stderr
    assert project.names() == []
    shown = project.rowkeep("plan", OPTION, "--save", "p.json")
    assert "apply 2_b   (the project's own node-pg-migrate runs it" in shown.stdout, shown.stdout + shown.stderr
    script(project, "4_d", "pgm.sql('CREATE TABLE d (id text)');")
    changed = project.rowkeep("up", "--plan", "p.json")
    assert (changed.returncode, project.names()) == (1, [])
    assert "4_d" in changed.stderr
    assert project.rowkeep("plan", OPTION, "--save", "p.json").returncode == 0
    done = project.rowkeep("up", "--plan", "p.json")
    assert done.returncode == 0, done.stderr
    assert "5 migrations applied" in done.stdout
    assert project.names() == ["1_a", "2_b", "3_c", "4_d", "5_e"]
    undone = project.rowkeep("down", "2", OPTION)
    assert undone.returncode == 1
    assert "never rehearsed" in undone.stderr
    name = project.sql("SELECT current_database()")[0]
    undone = project.rowkeep("down", "2", OPTION, "--untested", "--confirm", name)
    assert undone.returncode == 0, undone.stderr
    assert "4_d.js may take rows or values away: Rowkeep does not read it" in undone.stderr
    assert "backup taken before" in undone.stdout


def test_of_several_that_are_pending_one_is_handed(project: Project, mixed: Project) -> None:
    """A file that the old tool cannot even load stands beside it, and settings that would lead it elsewhere."""
    (project.migrations / "6_broken.js").write_text("this is no JavaScript")
    (project.root / "config").mkdir()
    (project.root / "config" / "default.json").write_text(json.dumps({"db": {"migrations-table": "elsewhere"}}))
    project.run(name="4_d", out_of_order=frozenset({"4_d"}), hand_over=True)
    assert project.names() == ["4_d"]
    project.run(name="2_b", out_of_order=frozenset({"2_b"}), hand_over=True)
    assert project.names() == ["4_d", "2_b"]


def test_a_failure_is_told_and_leaves_nothing(project: Project, mixed: Project) -> None:
    script(project, "4_d", "pgm.sql('CREATE TABLE d (id int)'); pgm.sql('SELECT 1/0');")
    with pytest.raises(Failed) as told:
        project.run(hand_over=True)
    assert told.value.sqlstate == "22012"
    assert (told.value.why or "").splitlines() == [
        "Error executing:",
        "SELECT 1/0;",
        "error: division by zero",
        "> Rolling back attempted migration ...",
        "exit code 1",
    ]
    assert told.value.remains_detail == "3 migrations of this run are applied: 1_a, 2_b, 3_c"
    assert project.names() == ["1_a", "2_b", "3_c"]
    assert not project.exists("d")
    said = project.rowkeep("up", OPTION)
    assert said.returncode == 5
    assert project.sql("SELECT outcome FROM rowkeep.entry WHERE migration = '4_d'") == ["failed", "failed"]


def test_more_than_was_asked_for_is_seen(project: Project, mixed: Project) -> None:
    """A script that writes history itself; one that leaves its transaction and fails; one that ends the process."""
    script(project, "2_b", "pgm.sql(`INSERT INTO pgmigrations (name, run_on) VALUES ('9_x', now())`);")
    with pytest.raises(HalfDone, match="did not do exactly what 2_b asks for") as told:
        project.run(hand_over=True)
    assert told.value.why == "history got 9_x, 2_b"
    project.sql("DELETE FROM pgmigrations WHERE name IN ('9_x', '2_b')")
    script(project, "2_b", "pgm.noTransaction(); pgm.sql('CREATE TABLE b ()'); pgm.sql('SELECT 1/0');")
    with pytest.raises(HalfDone, match="was not applied completely"):
        project.run(hand_over=True)
    assert project.exists("b")
    script(project, "2_b", "process.exit(0);")
    with pytest.raises(HalfDone, match="did not do exactly what 2_b asks for") as told:
        project.run(hand_over=True)
    assert "is as before" in (told.value.why or "")
    assert project.names() == ["1_a"]


def test_a_password_is_neither_in_the_arguments_nor_in_what_is_shown(project: Project, mixed: Project) -> None:
    leak = "const { execSync } = require('child_process'); console.log(process.env.DATABASE_URL); "
    leak += "console.error(`p: ${process.env.DATABASE_URL.split(':')[2].split('@')[0]}`); "
    leak += "console.log('arguments: ' + process.argv.join(' '));"
    settings = "current_setting('lock_timeout') AS l, current_setting('statement_timeout') AS s"
    script(project, "2_b", f"{leak} pgm.sql(`CREATE TABLE b AS SELECT {settings}`);")
    conninfo = psycopg.conninfo.make_conninfo(
        project.conninfo, password="s3cr3t/x", options="-c statement_timeout=99s"
    )
    done = project.rowkeep("up", "2", OPTION, DATABASE_URL=conninfo)
    assert done.returncode == 0, done.stderr
    assert "node-pg-migrate: arguments: " in done.stderr
    assert "***" in done.stderr
    assert "s3cr3t" not in done.stdout + done.stderr
    assert project.sql("SELECT l, s FROM b") == [("2s", "99s")]


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_death_leaves_before_and_the_next_run_goes_on(project: Project, mixed: Project, number: int) -> None:
    path = script(project, "2_b", "pgm.sql('CREATE TABLE b (id int)'); pgm.sql('SELECT pg_sleep(30)');")
    words = [sys.executable, "-m", "rowkeep", "up", OPTION]
    environ = {**os.environ, "DATABASE_URL": project.conninfo}
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' AND pid <> pg_backend_pid()"
    with subprocess.Popen(words, cwd=project.root, env=environ, stderr=subprocess.PIPE, text=True) as running:
        until(lambda: project.sql(sleeping) == [1])
        running.send_signal(number)
        _, complaint = running.communicate(timeout=PATIENCE_S)
    if number != signal.SIGKILL:
        assert running.returncode == 128 + number
        assert "rolled back" in complaint
        assert project.sql(sleeping) == [0]
    path.write_text(path.read_text().replace("pg_sleep(30)", "1"))
    done = project.rowkeep("up", OPTION)
    assert done.returncode == 0, done.stderr
    assert project.names() == ["1_a", "2_b", "3_c", "4_d", "5_e"]
    assert project.sql("SELECT count(*) FROM rowkeep.entry WHERE migration = '2_b'") == [1]


def test_death_between_history_and_ledger(project: Project, mixed: Project) -> None:
    """What is applied and not in the ledger is adopted by the next run."""
    child = os.fork()
    if child == 0:
        node_pg_migrate._write_ledger = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        project.run(hand_over=True)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert [item.name for item in project.survey().applied] == ["1_a", "2_b"]
    project.run(hand_over=True)
    assert project.sql("SELECT outcome FROM rowkeep.entry WHERE migration = '2_b'") == ["adopted"]


def test_what_cannot_be_handed_over(project: Project) -> None:
    script(project, "1_a", "pgm.sql('CREATE TABLE a ()');")
    with pytest.raises(ProgramMissing, match="not installed in this project"):
        project.run(hand_over=True)
    (project.migrations / "1_a.js").rename(project.migrations / "17.js")
    with pytest.raises(Refused, match="17 cannot be run by"):
        project.run(hand_over=True)
    (project.migrations / "17.js").rename(project.migrations / "1_a.js")
    program = project.root / "node_modules" / ".bin" / "node-pg-migrate"
    program.parent.mkdir(parents=True)
    program.touch()
    manifest = project.root / "node_modules" / "node-pg-migrate" / "package.json"
    manifest.parent.mkdir()
    manifest.write_text('{"version": "10.0.0"}')
    with pytest.raises(Refused, match=r"10\.0\.0 is not supported"):
        project.run(hand_over=True)
    assert project.names() == []
