"""`rowkeep lint --fix` and `--diff` as a person types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TEXT = "-- Up Migration\n-- why\nCREATE INDEX orders_email ON orders (email);  -- trail\n\n-- Down Migration\n"


def rowkeep(root: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "DATABASE_URL"))}
    return subprocess.run(
        [sys.executable, "-m", "rowkeep", *words],
        cwd=root,
        env={**kept, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    home = tmp_path / "migrations"
    home.mkdir()
    (home / "1700000000000_orders.sql").write_text("-- Up Migration\nCREATE TABLE orders (email text);\n")
    path = home / "1700000000001_email.sql"
    path.write_text(TEXT)
    return path


def test_diff_shows_and_writes_nothing(file: Path, tmp_path: Path) -> None:
    ran = rowkeep(tmp_path, "lint", "--diff", str(file.relative_to(tmp_path)))
    assert ran.returncode == 1, ran.stderr
    assert "-CREATE INDEX orders_email ON orders (email);  -- trail\n" in ran.stdout
    assert "+CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_email ON orders (email);  -- trail" in ran.stdout
    assert file.read_text() == TEXT


def test_the_diff_is_one_that_patch_takes(file: Path, tmp_path: Path) -> None:
    file.write_text(TEXT.replace("CREATE", "ALTER TABLE orders ALTER email SET NOT NULL;\nCREATE", 1))
    before = file.read_text()
    diff = rowkeep(tmp_path, "lint", "--diff", "migrations/1700000000001_email.sql").stdout
    rowkeep(tmp_path, "lint", "--fix", "migrations/1700000000001_email.sql")
    made = {path.name: path.read_text() for path in file.parent.glob("*.sql")}
    for path in file.parent.glob("*.sql"):
        if "orders" not in path.name:
            path.unlink()
    file.write_text(before)
    (tmp_path / "d.patch").write_text(diff)
    subprocess.run(["git", "apply", "d.patch"], cwd=tmp_path, check=True, timeout=30)
    assert {path.name: path.read_text() for path in file.parent.glob("*.sql")} == made


def test_fix_writes_once(file: Path, tmp_path: Path) -> None:
    ran = rowkeep(tmp_path, "lint", "--fix", str(file))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    fixed = file.read_text()
    assert "CREATE INDEX CONCURRENTLY IF NOT EXISTS" in fixed
    again = rowkeep(tmp_path, "lint", "--fix", str(file))
    assert again.returncode == 0
    assert file.read_text() == fixed
    assert "nothing to fix" in again.stderr


def test_the_files_that_follow_are_judged_too_and_a_document_stays_one(file: Path, tmp_path: Path) -> None:
    file.write_text(
        TEXT.replace("CREATE INDEX orders_email ON orders (email)", "ALTER TABLE orders ADD UNIQUE (email)")
    )
    ran = rowkeep(tmp_path, "lint", "--fix", str(file), "--output-format", "sarif")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["version"] == "2.1.0"
    assert "1700000000002_email-finish.sql" in ran.stderr
    ran = rowkeep(tmp_path, "lint", "--fix", str(file), "--output-format", "json")
    assert json.loads(ran.stdout)["result"]["fixes"] == []


def test_without_a_database_and_without_paths_nobody_knows_what_is_applied(file: Path, tmp_path: Path) -> None:
    ran = rowkeep(tmp_path, "lint", "--fix")
    assert ran.returncode == 2
    assert "no database is configured" in ran.stderr
    assert file.read_text() == TEXT


@pytest.mark.majors(18)
def test_an_applied_migration_is_refused_by_name_and_passed_over_otherwise(
    file: Path, tmp_path: Path, database: str
) -> None:
    assert rowkeep(tmp_path, "up", DATABASE_URL=database).returncode == 0
    ran = rowkeep(tmp_path, "lint", "--fix", str(file), DATABASE_URL=database)
    assert ran.returncode == 2
    assert "never changed" in ran.stderr
    rowkeep(tmp_path, "lint", "--fix", DATABASE_URL=database)
    assert file.read_text() == TEXT
