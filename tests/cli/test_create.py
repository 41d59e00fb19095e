"""`rowkeep create`: prints the path and nothing else, in words or JSON; refuses what cannot be a name."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest


def test_the_path_is_the_result(either: Any, snapshot: Callable[..., None], tmp_path: Path) -> None:
    ran = either("create", "add", "phone to_users", env={})
    snapshot(ran)
    assert (tmp_path / ran.out.strip()).read_text().startswith("-- Up Migration\n")


def test_json(run: Any, tmp_path: Path) -> None:
    result = json.loads(run("create", "x", "--output-format", "json").out)["result"]
    assert (tmp_path / result["path"]).is_file()
    assert result["path"] == f"migrations/{result['name']}.sql"


@pytest.mark.parametrize("words", [[], ["a/b"], ["''"], ["--"]], ids=["none", "slash", "quotes", "dashes"])
def test_refused(words: list[str], run: Any, snapshot: Callable[..., None], tmp_path: Path) -> None:
    ran = run("create", *words)
    assert (ran.code, ran.out) == (2, "")
    assert not (tmp_path / "migrations").exists()
    snapshot(ran)


def test_the_directory_is_the_settings(run: Any, tmp_path: Path) -> None:
    (tmp_path / "rowkeep.toml").write_text('migrations-dir = "db/m"\n')
    (tmp_path / "src").mkdir()
    ran = run("create", "x", cwd=tmp_path / "src")
    assert ran.out.startswith("../db/m/")
    assert len(list((tmp_path / "db/m").iterdir())) == 1


def examples(text: str) -> list[str]:
    """The commented examples of the up part, without their comment signs."""
    lines = text.partition("-- Down Migration")[0].splitlines()
    blocks = itertools.groupby(lines, key=lambda line: line.startswith("--   "))
    return ["\n".join(line[5:] for line in block) for commented, block in blocks if commented]


def taken(directory: Path, run: Any) -> int:
    """Create a migration for each example of the template, each a file of its own; how many."""
    template = (directory / run("create", "table").out.strip()).read_text()
    found = examples(template)
    for path in (directory / "migrations").iterdir():
        path.unlink()
    for example in found:
        path = directory / run("create", "example").out.strip()
        path.write_text(f"-- Up Migration\n\n{example}\n\n-- Down Migration\n")
    return len(found)


def test_the_template_and_its_examples_are_safe(run: Any, tmp_path: Path) -> None:
    assert run("create", "x").code == 0
    assert run("lint", "--fail-on", "warning").code == 0
    count = taken(tmp_path, run)
    ran = run("lint", "--fail-on", "note")
    assert (ran.code, ran.out) == (0, f"nothing found in {count} migrations\n"), ran.out


def test_the_examples_are_applied(run: Any, tmp_path: Path, database: str) -> None:
    count = taken(tmp_path, run)
    ran = run("up", env={"DATABASE_URL": database})
    assert ran.code == 0, ran.err
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM pgmigrations").fetchone() == (count,)
        columns = connection.execute(
            "SELECT attname, attnotnull FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attnum > 3"
        ).fetchall()
        assert columns == [("currency", False), ("note", True)]
