"""The library: every public name is there, and the page's example does what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

import rowkeep

PAGE = Path(__file__).parents[2] / "docs" / "library.md"


def test_every_public_name_is_there_and_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in rowkeep.__all__:
        assert getattr(rowkeep, name) is not None
        if name not in ("Options", "Wish", "__version__"):
            assert f"rowkeep.{name}" in page
    with pytest.raises(AttributeError, match="nothing"):
        _ = rowkeep.nothing


def test_importing_it_imports_nothing() -> None:
    code = "import sys, rowkeep; print([m for m in sys.modules if m.startswith('rowkeep.') or m == 'psycopg'])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "['rowkeep.version']"


@pytest.mark.server
@pytest.mark.majors(18)
def test_the_pages_example_runs(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    (tmp_path / "migrations").mkdir()
    migration = tmp_path / "migrations" / "1_users.sql"
    migration.write_text("-- Up Migration\nCREATE TABLE IF NOT EXISTS users (id int PRIMARY KEY);\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    code = found.group(1).replace("host=db.example.com dbname=shop user=migrator", database)
    exec(compile(code, "docs/library.md", "exec"), {})  # the page's own code, on a real server
    assert "StageEnded(stage='verify'" in capsys.readouterr().out
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (0,)
