"""`rowkeep lint --fix` and `--diff` as a person types them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from tests.patience import PATIENCE_S
from tests.support.forked_command import run_command

TEXT = "-- Up Migration\n-- why\nCREATE INDEX orders_email ON orders (email);  -- trail\n\n-- Down Migration\n"


def rowkeep(root: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "DATABASE_URL"))}
    return run_command(*words, cwd=root, env={**kept, **environ})


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
    subprocess.run(["git", "apply", "d.patch"], cwd=tmp_path, check=True, timeout=PATIENCE_S)
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


MENDED = """\
-- Up Migration
-- é😀 before it
CREATE INDEX orders_email ON orders (email);

-- Down Migration
DROP INDEX orders_email;
"""


def test_a_machine_can_take_the_edits_from_json_and_from_sarif(file: Path, tmp_path: Path) -> None:
    file.write_text(MENDED)
    path = str(file.relative_to(tmp_path))
    document = json.loads(rowkeep(tmp_path, "lint", path, "--output-format", "json").stdout)
    fixes = {each["rule"]: each["fix"] for each in document["result"]["findings"]}
    (edit,) = fixes["index-blocks-writes"]["edits"]
    fixed = MENDED[: edit["start"]] + edit["text"] + MENDED[edit["end"] :]
    assert fixed == MENDED.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY")
    assert (edit["line"], edit["column"]) == (3, 13)
    run = json.loads(rowkeep(tmp_path, "lint", path, "--output-format", "sarif").stdout)["runs"][0]
    changes = {each["ruleId"]: each["fixes"][0]["artifactChanges"][0] for each in run["results"] if "fixes" in each}
    assert changes["index-blocks-writes"] == {
        "artifactLocation": {"uri": path},
        "replacements": [
            {
                "deletedRegion": {
                    key: edit[name]
                    for key, name in (
                        ("startLine", "line"),
                        ("startColumn", "column"),
                        ("endLine", "end_line"),
                        ("endColumn", "end_column"),
                    )
                },
                "insertedContent": {"text": edit["text"]},
            }
        ],
    }
    # The edits of each finding by itself answer it.
    file.write_text(fixed)
    left = json.loads(rowkeep(tmp_path, "lint", path, "--output-format", "json").stdout)["result"]["findings"]
    assert "index-blocks-writes" not in {each["rule"] for each in left}


def test_what_takes_another_file_has_no_edits(file: Path, tmp_path: Path) -> None:
    file.write_text("-- Up Migration\nALTER TABLE orders ADD CHECK (email > '');\n-- Down Migration\n")
    ran = rowkeep(tmp_path, "lint", str(file), "--output-format", "json-lines")
    found = [json.loads(line) for line in ran.stdout.splitlines()]
    assert {each["rule"]: each["fix"] for each in found}["check-blocks-everything"] is None


@pytest.mark.majors(18)
def test_plan_and_deploy_show_the_safe_steps_and_change_no_file(file: Path, tmp_path: Path, database: str) -> None:
    text = (
        "-- Up Migration\nCOMMENT ON TABLE orders IS '';\nALTER TABLE orders ADD UNIQUE (email);\n"
        "\n-- Down Migration\n"
    )
    file.write_text(text)
    ran = rowkeep(tmp_path, "plan", DATABASE_URL=database)
    assert ran.returncode == 0, ran.stderr
    assert (
        """\
    in safe steps, 3 migrations (fixes unique-constraint-builds-index):
      2  CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS orders_email_key ON orders (email)   [outside a transaction]
      3  ALTER TABLE orders ADD CONSTRAINT orders_email_key UNIQUE USING INDEX orders_email_key
      (1 unchanged statement not shown)

rowkeep lint --fix   (writes the safe steps; run it before you apply)
"""
        in ran.stdout
    )
    document = json.loads(rowkeep(tmp_path, "plan", "--output-format", "json", DATABASE_URL=database).stdout)
    plain, risky = (step for unit in document["result"]["units"] for step in unit)
    assert plain["safer"] is None
    assert risky["safer"]["command"] == "rowkeep lint --fix migrations/1700000000001_email.sql"
    assert file.read_text() == text
    shown = {each["path"]: each["text"] for each in risky["safer"]["files"]}
    ran = rowkeep(tmp_path, "deploy", "--yes", DATABASE_URL=database)
    assert ran.returncode == 1
    assert "rowkeep lint --fix migrations/1700000000001_email.sql   (the same change in safe steps)" in ran.stderr
    assert rowkeep(tmp_path, "lint", "--fix", DATABASE_URL=database).returncode == 0
    files = file.parent.glob("*0000[123]_*.sql")
    written = {path.relative_to(tmp_path).as_posix(): path.read_text() for path in files}
    assert shown == written
    assert "in safe steps" not in rowkeep(tmp_path, "plan", DATABASE_URL=database).stdout
