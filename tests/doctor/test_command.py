"""`rowkeep doctor` as it is typed: useful with a database, without one, and with nothing at all."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from tests.support.forked_command import run_command


def rowkeep(directory: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "ROWKEEP_", "DATABASE"))}
    return run_command("doctor", *words, cwd=directory, env={**clean, **environ})


@pytest.fixture
def project(project_with: Callable[[dict[str, str]], Path]) -> Path:
    """A project with one migration."""
    return project_with({"migrations/1700000000000_a.sql": "-- Up Migration\nCREATE TABLE IF NOT EXISTS a ();\n"})


def test_with_nothing_at_all(tmp_path):
    told = rowkeep(tmp_path)
    assert told.returncode == 2
    assert "no database is named" in told.stdout
    assert "migrations" in told.stdout and "programs" in told.stdout
    assert told.stdout.splitlines()[-1].startswith("next: export DATABASE_URL=")
    assert "Traceback" not in told.stderr
    assert list(tmp_path.iterdir()) == []


def test_nobody_answers(project):
    told = rowkeep(project, "-d", "postgresql://u:geh3im@127.0.0.1:1/shop")
    assert told.returncode == 3
    assert "refused" in told.stdout and "1 migration" in told.stdout
    assert "geh3im" not in told.stdout + told.stderr


def test_a_good_project(project, database):
    told = rowkeep(project, "-d", database)
    assert (told.returncode, told.stderr) == (0, "")
    assert "FAIL" not in told.stdout
    assert "the first `rowkeep up` creates it" in told.stdout
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM pg_class WHERE relname LIKE 'pgmig%'").fetchone() == (0,)


@pytest.mark.majors(18)
def test_something_would_fail(project, database):
    with psycopg.connect(database) as connection:
        connection.execute(
            "CREATE TABLE pgmigrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL)"
        )
        connection.execute("INSERT INTO pgmigrations (name, run_on) VALUES ('1_gone', now())")
    told = rowkeep(project, "-d", database, "--output-format", "json")
    document = json.loads(told.stdout)
    assert told.returncode == document["exit_code"] == 1
    ill = [check for check in document["result"]["checks"] if check["outcome"] == "fail"]
    assert ill[0]["name"] == "history-missing"
    assert ill[0]["next"] == ["rowkeep status"]


@pytest.mark.majors(18)
def test_what_lies_open_is_told(project, database):
    (project / ".env").write_text(f"DATABASE_URL={database}\n")
    (project / ".env").chmod(0o644)
    passfile = project / "pass"
    passfile.write_text("*:*:*:*:geheim\n")
    passfile.chmod(0o644)
    told = rowkeep(project, PGPASSFILE=str(passfile), ROWKEEP_TRUST_CHECKOUT="1")
    assert told.returncode == 1
    assert f"chmod 600 {passfile}" in told.stdout and "chmod 600 .env" in told.stdout
    assert "geheim" not in told.stdout


@pytest.mark.majors(18)
def test_a_limit_of_the_role_is_not_ours(project, database):
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE \"{name}\" SET statement_timeout = '7s'".encode())
    told = rowkeep(project, "-d", database, "-v")
    assert "statement_timeout is 7s for database" in told.stdout
