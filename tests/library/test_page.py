"""Every example of docs/library.md runs, in the order of the page, on a real server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from rowkeep import scratch

PAGE = Path(__file__).parents[2] / "docs" / "library.md"
BLOCK = re.compile(r"^```python(?: file=(\S+))?\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks() -> list[tuple[str, str]]:
    """The examples: the file that each is for (or ''), and its text."""
    return BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def write_project(directory: Path) -> None:
    (directory / "migrations").mkdir()
    for name, table in (("1_users", "users"), ("2_orders", "orders")):
        text = f"-- Up Migration\nCREATE TABLE IF NOT EXISTS {table} (id int PRIMARY KEY);\n"
        down = f"\n-- Down Migration\nDROP TABLE {table};\n"
        (directory / "migrations" / f"{name}.sql").write_text(text + down, encoding="utf-8")


@pytest.mark.majors(18)
def test_the_examples_run(
    server: scratch.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE shop")
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", server.conninfo("shop"))
    before = dict(os.environ)
    namespace: dict[str, object] = {}
    examples = [text for file, text in blocks() if not file]
    printed = []
    for number, text in enumerate(examples):
        if "deployment" in text:
            (tmp_path / "migrations" / "3_items.sql").write_text(
                "-- Up Migration\nCREATE TABLE IF NOT EXISTS items (id int PRIMARY KEY);\n", encoding="utf-8"
            )
        exec(compile(text, f"docs/library.md, example {number + 1}", "exec"), namespace)  # the page's own code
        printed.append(capsys.readouterr().out)
    assert len(examples) == 8
    assert "1_users is pending\n2_orders is pending\n" in printed[0]
    assert "migrations an argument of rowkeep.Project" in printed[1]
    assert "1_users.sql:7:1 drop-table drops old_users" in printed[2]
    assert printed[3].startswith("not-rehearsed - the down part of 2_orders was never rehearsed")
    assert "nothing was changed" in printed[3]
    assert "3_items together" in printed[4]
    assert "StageFinished(stage='verify'" in printed[4]
    assert "lost: ()" in printed[4]
    assert printed[5] == printed[6] == "", "nothing is pending"
    assert "shop_copy restored: " in printed[7]
    with psycopg.connect(server.conninfo("shop_copy")) as connection:
        assert connection.execute("SELECT count(*) FROM items").fetchone() == (0,)
    assert dict(os.environ) == before


@pytest.mark.server
def test_the_examples_for_pytest_run(tmp_path: Path) -> None:
    write_project(tmp_path)
    (tmp_path / "migrations" / "3_grant.sql").write_text(
        "-- Up Migration\nGRANT SELECT ON users TO shop_bot;\n", encoding="utf-8"
    )
    files = {file: text for file, text in blocks() if file}
    assert sorted(files) == ["tests/conftest.py", "tests/test_users.py"]
    for file, text in files.items():
        path = tmp_path / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nrowkeep_postgres = 18\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "rowkeep.pytest_plugin", "-p", "no:cacheprovider"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "2 passed" in ran.stdout
