"""`rowkeep create`: prints the path and nothing else, in words or JSON; refuses what cannot be a name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
