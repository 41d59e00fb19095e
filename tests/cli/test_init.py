"""`rowkeep init`: a new project, an existing one of node-pg-migrate, its scripts, its history; twice is once."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.patience import PATIENCE_S

PACKAGE = """\
{
    "name": "shop",
    "scripts": {
        "start": "node .",
        "migrate:up": "node-pg-migrate -m db/migrations -t hist -s app -s public up",
        "db:backup": "tar cf everything.tar ."
    },
    "list": [1,2,   3]
}
"""
MIGRATION = "-- Up Migration\nCREATE TABLE a (id int);\n\n-- Down Migration\nDROP TABLE a;\n"


@pytest.fixture
def project(tmp_path: Path, project_with: Callable[[dict[str, str]], Path]) -> Path:
    """A repository with migrations of node-pg-migrate in a place of their own."""
    (tmp_path / ".git").mkdir()
    return project_with(
        {
            ".gitignore": "node_modules",
            "package.json": PACKAGE,
            "db/migrations/1700000000000_a.sql": MIGRATION,
            "db/migrations/1700000000001_b.sql": "SET x = 1;\n" + MIGRATION,
            "db/migrations/1700000000002_c.js": "exports.up = (pgm) => {};\n",
        }
    )


def contents(directory: Path) -> dict[str, str]:
    return {str(path.relative_to(directory)): path.read_text() for path in directory.rglob("*") if path.is_file()}


def test_an_empty_directory(either: Any, snapshot: Callable[..., None], tmp_path: Path) -> None:
    snapshot(either("init"), either("init"))
    assert contents(tmp_path) == {"rowkeep.toml": (tmp_path / "rowkeep.toml").read_text()}
    assert 'migrations-dir = "migrations"' in (tmp_path / "rowkeep.toml").read_text()
    assert (tmp_path / "migrations").is_dir()


def test_an_existing_project_is_adopted(either: Any, snapshot: Callable[..., None], project: Path) -> None:
    before = contents(project)
    first = either("init", "--npm-scripts")
    after = contents(project)
    second = either("init", "--npm-scripts")
    snapshot(first, second)
    assert contents(project) == after
    assert {name for name in after if after[name] != before.get(name)} == {
        ".gitignore",
        "package.json",
        "rowkeep.toml",
    }
    assert after[".gitignore"] == "node_modules\nbackups/\n.rowkeep/\n"
    assert after["package.json"] == PACKAGE.replace(
        '"node-pg-migrate -m db/migrations -t hist -s app -s public up"', '"rowkeep up"'
    ).replace(
        '"tar cf everything.tar ."\n',
        '"tar cf everything.tar .",\n        "migrate:down": "rowkeep down",\n'
        '        "migrate:create": "rowkeep create"\n',
    )
    assert after["rowkeep.toml"].endswith(
        'migrations-dir = "db/migrations"  # package.json, script migrate:up\n'
        'history-table = "hist"  # package.json, script migrate:up\n'
        'schemas = ["app", "public"]  # package.json, script migrate:up\n'
    )


def test_without_an_answer_the_scripts_stay(run: Any, spawn: Any, project: Path) -> None:
    for ran in (spawn("init"), run("init", "--no-npm-scripts")):
        assert ran.code == 0
        assert "package.json: not changed" in ran.out
    assert (project / "package.json").read_text() == PACKAGE


@pytest.mark.parametrize(("answer", "changed"), [("y", True), ("n", False), ("", True)])
def test_a_person_is_asked(project: Path, answer: str, changed: bool) -> None:
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "rowkeep", "init"],
        cwd=project,
        stdin=child,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "HOME": str(project)},
        text=True,
    )
    os.write(parent, f"{answer}\n".encode())
    out, err = process.communicate(timeout=PATIENCE_S)
    os.close(parent)
    os.close(child)
    assert process.returncode == 0, err
    asked, question, _ = err.partition("Add these scripts to package.json? [Y/n]")
    assert question
    assert "migrate:up: would be replaced: rowkeep up (is: node-pg-migrate" in asked
    assert "migrate:up: replaced" not in err, "nothing is done before the answer"
    assert ("migrate:up: replaced: rowkeep up" in out) is changed
    assert ((project / "package.json").read_text() != PACKAGE) is changed
    assert ("not changed" in out) is not changed


def test_json_says_the_same(run: Any, project: Path) -> None:
    result = json.loads(run("init", "--npm-scripts", "--output-format", "json").out)["result"]
    assert result["config"] == {"path": "rowkeep.toml", "written": True}
    assert (result["migrations"]["count"], result["migrations"]["layout"]) == (3, "node-pg-migrate")
    assert [remark["kind"] for remark in result["migrations"]["remarks"]] == ["text-before-marker"]
    assert result["gitignore"] == ["backups/", ".rowkeep/"]
    assert {script["name"]: script["fate"] for script in result["scripts"]} == {
        "migrate:up": "replaced",
        "migrate:down": "added",
        "migrate:create": "added",
        "db:backup": "kept",
    }
    assert result["history"] is None


def test_a_configuration_that_is_there_counts(run: Any, project: Path) -> None:
    (project / "rowkeep.toml").write_text('migrations-dir = "db/migrations"\n')
    ran = run("init", "--no-npm-scripts")
    assert ran.code == 0
    assert "rowkeep.toml: already exists" in ran.out
    assert "warning: history-table is 'pgmigrations' in rowkeep.toml, and 'hist' in package.json" in ran.err
    assert (project / "rowkeep.toml").read_text() == 'migrations-dir = "db/migrations"\n'


def test_two_directories_are_a_question(run: Any, snapshot: Callable[..., None], tmp_path: Path) -> None:
    for place in ("db/migrations", "prisma/migrations"):
        (tmp_path / place / "x").mkdir(parents=True)
    snapshot(run("init"))
    assert not (tmp_path / "rowkeep.toml").exists()


def test_the_only_usual_place_is_taken(run: Any, tmp_path: Path) -> None:
    (tmp_path / "supabase/migrations").mkdir(parents=True)
    (tmp_path / "supabase/migrations/20250101000000_a.sql").write_text("CREATE TABLE a ();\n")
    assert "supabase/migrations: 1 migration (supabase)" in run("init").out
    assert 'migrations-dir = "supabase/migrations"  # found here' in (tmp_path / "rowkeep.toml").read_text()


def test_a_package_json_that_is_none(run: Any, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{ nothing }")
    ran = run("init", "--npm-scripts")
    assert (ran.code, ran.out) == (2, "")
    assert "cannot parse package.json" in ran.err
    assert not (tmp_path / "rowkeep.toml").exists()


def test_no_database_answers(run: Any, tmp_path: Path) -> None:
    ran = run("init", env={"DATABASE_URL": f"postgresql://u:hidden@/x?host={tmp_path}"})
    assert ran.code == 0
    assert "history: not read: " in ran.err
    assert "hidden" not in ran.err


def test_history_is_looked_at_and_not_changed(run: Any, project: Path, database: str) -> None:
    (project / "rowkeep.toml").write_text('migrations-dir = "db/migrations"\n')
    with psycopg.connect(database, autocommit=True) as connection:
        fresh = run("init", "--no-npm-scripts", env={"DATABASE_URL": database})
        assert "has no table public.pgmigrations yet" in fresh.out
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
        connection.execute(
            "CREATE TABLE pgmigrations (id SERIAL PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL)"
        )
        names = ["1700000000000_a", "1600000000000_gone"]
        for name in names:
            connection.execute("INSERT INTO pgmigrations (name, run_on) VALUES (%s, now())", [name])
    ran = run("init", "--no-npm-scripts", env={"DATABASE_URL": database})
    assert ran.code == 0, ran.err
    assert "history: 1 applied, 2 pending in " in ran.out
    assert "1 applied one without a file: 1600000000000_gone" in ran.out


@pytest.mark.npm
def test_npm_run_migrate_create(project: Path, run: Any) -> None:
    assert run("init", "--npm-scripts").code == 0
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["npm", "run", "migrate:create", "--", "add", "phone"],
        cwd=project,
        env={"PATH": path, "HOME": str(project)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    made = [file.name for file in (project / "db/migrations").iterdir() if file.name.endswith("_add-phone.sql")]
    assert len(made) == 1
    assert done.stdout.splitlines()[-1] == f"db/migrations/{made[0]}"


SAFE_DEPLOY = (
    "#!/bin/bash\n# rowkeep deploy would be nicer\npg_dump $DATABASE_URL > before.dump && npm run migrate:up\n"
)


@pytest.fixture
def scripted(tmp_path: Path) -> Path:
    """A project with the deploy script of the guide."""
    (tmp_path / "scripts").mkdir()
    script = tmp_path / "scripts/safe-deploy.sh"
    script.write_text(SAFE_DEPLOY)
    script.chmod(0o755)
    return tmp_path


def test_the_deploy_script_is_taken_over_when_asked(run: Any, spawn: Any, scripted: Path) -> None:
    script, old = scripted / "scripts/safe-deploy.sh", scripted / "scripts/safe-deploy.old.sh"
    for ran in (spawn("init"), run("init", "--no-deploy-script")):
        assert "scripts/safe-deploy.sh: not changed" in ran.out
        assert script.read_text() == SAFE_DEPLOY
    ran = run("init", "--deploy-script")
    assert "now calls rowkeep deploy; the old script is scripts/safe-deploy.old.sh" in ran.out
    assert (old.read_text(), old.stat().st_mode & 0o777) == (SAFE_DEPLOY, 0o755)
    assert script.stat().st_mode & 0o777 == 0o755
    (scripted / "bin").mkdir()
    (scripted / "bin/rowkeep").write_text('#!/bin/sh\npwd\necho "$@"\n')
    (scripted / "bin/rowkeep").chmod(0o755)
    called = subprocess.run(
        [script, "--yes", "a b"],
        cwd=scripted / "bin",
        env={"PATH": f"{scripted}/bin:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert called.stdout == f"{scripted}\ndeploy --yes a b\n"
    before = contents(scripted)
    assert "safe-deploy" not in run("init", "--deploy-script").out, "twice is once"
    assert contents(scripted) == before


def test_an_old_deploy_script_is_never_lost(run: Any, scripted: Path) -> None:
    (scripted / "scripts/safe-deploy.old.sh").write_text("older")
    assert run("init", "--deploy-script").code == 0
    assert (scripted / "scripts/safe-deploy.old.sh").read_text() == "older"
    assert (scripted / "scripts/safe-deploy.old2.sh").read_text() == SAFE_DEPLOY


def test_a_deploy_script_that_lies_elsewhere_is_left_alone(run: Any, tmp_path: Path) -> None:
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    project.mkdir()
    elsewhere.mkdir()
    (elsewhere / "safe-deploy.sh").write_text(SAFE_DEPLOY)
    (project / "scripts").symlink_to(elsewhere)
    ran = run("init", "--deploy-script", cwd=project)
    assert "scripts/safe-deploy.sh: kept: it is not a regular file of this project" in ran.out
    assert contents(elsewhere) == {"safe-deploy.sh": SAFE_DEPLOY}


@pytest.mark.parametrize(("answer", "changed"), [("y", True), ("n", False)])
def test_a_person_is_asked_about_the_deploy_script(scripted: Path, answer: str, changed: bool) -> None:
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "rowkeep", "init"],
        cwd=scripted,
        stdin=child,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "HOME": str(scripted)},
        text=True,
    )
    os.write(parent, f"{answer}\n".encode())
    _, err = process.communicate(timeout=PATIENCE_S)
    os.close(parent)
    os.close(child)
    assert "Replace scripts/safe-deploy.sh? [Y/n]" in err
    assert ((scripted / "scripts/safe-deploy.sh").read_text() != SAFE_DEPLOY) is changed


@pytest.mark.parametrize("name", ["package.json", ".gitignore"])
def test_a_fifo_is_not_waited_for(run: Any, project: Path, name: str) -> None:
    (project / name).unlink()
    os.mkfifo(project / name)
    called = run("init", cwd=project)
    assert called.code == 2 and f"{name}\n  = why:   it is a FIFO" in called.err


def test_files_of_another_tool_are_imported_next(run: Any, tmp_path: Path) -> None:
    """`up` does not run them where they are; and what `import` prints names the new directory again."""
    (tmp_path / "db/migrations").mkdir(parents=True)
    text = "-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down\nDROP TABLE a;\n"
    (tmp_path / "db/migrations/20240101000000_a.sql").write_text(text)
    begun = run("init")
    assert "next: rowkeep import db/migrations --migrations-dir NEW" in begun.err, begun.err
    imported = run("import", "db/migrations", "--migrations-dir", "NEW")
    assert imported.code == 0, imported.err
    assert "next: rowkeep baseline --imported --migrations-dir NEW   (" in imported.err
    assert 'then: migrations-dir = "NEW" in rowkeep.toml' in imported.err
    config = tmp_path / "rowkeep.toml"
    config.write_text(config.read_text().replace('"db/migrations"', '"NEW"'))
    assert "next: rowkeep status" in run("init").err
