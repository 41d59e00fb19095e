"""`rowkeep lint --witness`: what a throw-away server shows, and what is said where there is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ORDERS = """\
CREATE TABLE wide (id bigint, code varchar(50));
CREATE TABLE orders AS SELECT * FROM wide;
"""
HIDDEN = """\
ALTER TABLE orders ALTER COLUMN code TYPE varchar(100);
DO $$ BEGIN EXECUTE reverse('sredro ETACNURT'); END $$;
"""
SELECT = ("--select", "type-change-rewrites-table,dynamic-sql,witnessed-loss,witnessed-lock", "--pg-version", "17")


@pytest.fixture
def project(project_with: Callable[[dict[str, str]], Path]) -> Path:
    """The directory of migrations."""
    files = {"1700000000001_orders.sql": ORDERS, "1700000000002_hidden.sql": HIDDEN}
    return project_with({f"migrations/{name}": text for name, text in files.items()}) / "migrations"


@pytest.mark.server
def test_what_the_server_shows(project: Path, run: Any, snapshot: Callable[..., None]) -> None:
    ran = run("lint", "--witness", *SELECT)
    assert ran.code == 1
    # As root the server runs as somebody else, which is told on stderr.
    snapshot(ran._replace(err=""))


@pytest.mark.server
def test_what_cannot_be_run_is_a_warning_and_no_error(project: Path, run: Any) -> None:
    (project / "1700000000003_maps.sql").write_text("CREATE EXTENSION rowkeep_has_no_such;\n")
    path = "migrations/1700000000003_maps.sql"
    ran = run("lint", "--witness", path, *SELECT, "--output-format", "concise")
    assert ran.code == 0
    assert "warning: the witness could not run 1700000000003_maps" in ran.err
    assert "withdrawn" not in ran.out


@pytest.mark.server
def test_files_without_an_order_each_have_a_database_of_their_own(run: Any, tmp_path: Path) -> None:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    for name in ("one", "two"):
        hidden = "DO $$ BEGIN EXECUTE replace('ALTER TABLE # ADD COLUMN more text', '#', 't'); END $$;\n"
        (scripts / f"{name}.sql").write_text(f"CREATE TABLE t (id bigint);\n{hidden}")
    ran = run("lint", "--witness", "scripts", *SELECT, "--output-format", "concise")
    assert "could not run" not in ran.err
    assert ran.out.count("error D011") == 2  # the table is this file's own: IF NOT EXISTS could have found it


def test_without_programs_it_says_what_to_type(project: Path, run: Any, tmp_path: Path) -> None:
    ran = run("lint", "--witness", "--pg-version", "13")
    assert ran.code == 3
    assert "PostgreSQL 13" in ran.err


def test_without_the_flag_no_server_is_asked(project: Path, run: Any) -> None:
    ran = run("lint", *SELECT, "--output-format", "json")
    assert ran.code == 1
    assert "throw-away" not in ran.err
    assert json.loads(ran.out)["result"]["withdrawn"] == []
