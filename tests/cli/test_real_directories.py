"""`up`, `lint` and `import` in directories as real projects have them: nothing is lost, undone or passed over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

UP = "CREATE TABLE IF NOT EXISTS basket (id bigint PRIMARY KEY);\n"
DOWN = "DROP TABLE IF EXISTS basket;\n"
PAIRS = {
    "a": ("V0001.Start.up.sql", "V0001.Start.down.sql"),
    "b": ("start.up.sql", "start.down.sql"),
    "c": ("0001_start_up.sql", "0001_start_down.sql"),
    "d": ("0001_start.sql", "0001_start_rollback.sql"),
    "e": ("0001_start.sql", "0001_start.UNDO.SQL"),
    "f": ("0001-start.sql", "0001-start-revert.sql"),
    "g": ("V1_start.sql", "U1_start.sql"),
}


def write(place: Path, given: dict[str, str]) -> None:
    for name, text in given.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)


def rows(database: str) -> int:
    with psycopg.connect(database) as connection:
        return connection.execute("SELECT count(*) FROM basket").fetchall()[0][0]


@pytest.mark.majors(14, 18)
def test_no_row_is_lost_to_a_down_file(run: Any, tmp_path: Path, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE basket (id bigint PRIMARY KEY)")
        connection.execute("INSERT INTO basket SELECT generate_series(1, 1000)")
    for folder, (up, down) in PAIRS.items():
        write(tmp_path / folder, {up: UP, down: DOWN})
        for layout in ("auto", "node-pg-migrate", "plain"):
            env = {"DATABASE_URL": database, "ROWKEEP_LAYOUT": layout}
            ran = run("up", "-m", folder, env=env)
            assert ran.code in (1, 2), (folder, layout, ran)
            assert down in ran.err and "nothing was changed" in ran.err, (folder, layout, ran.err)
            assert rows(database) == 1000
        imported = run("import", folder, "-m", f"{folder}-new")
        assert imported.code == 0 and "needs no import" not in imported.err, imported
    with psycopg.connect(database) as connection:
        name = connection.info.dbname
    last = run("up", "-m", "c-new", "--confirm", name, env={"DATABASE_URL": database})
    assert last.code == 0 and rows(database) == 1000, last


@pytest.mark.majors(18)
def test_up_passes_no_folder_over_in_silence(run: Any, tmp_path: Path, database: str) -> None:
    env = {"DATABASE_URL": database}
    write(tmp_path / "a", {"LATEST.sql": UP, "more/1.sql": UP, "more/2.sql": UP})
    refused = run("up", "-m", "a", env=env)
    assert refused.code == 1 and "2 SQL files" in refused.err, refused
    write(tmp_path / "b", {"more/1.sql": UP})
    empty = run("up", "-m", "b", env=env)
    assert empty.code == 1 and "1 SQL file" in empty.err, empty
    write(tmp_path / "c", {"1_a.sql": UP, "old/1.sql": UP})
    told = run("up", "-m", "c", env=env)
    assert told.code == 0 and "contains 1 SQL file that was not read" in told.err, told


def test_lint_is_never_green_about_what_it_did_not_read(run: Any, tmp_path: Path) -> None:
    write(tmp_path / "m", {"1_a.sql": UP, "x/1.sql": UP, "x/y/2.sql": UP, "z/3.sql": UP})
    for form in ("full", "concise", "github", "sarif"):
        ran = run("lint", "m", "--output-format", form)
        assert ran.code == 2, ran
        assert "3 SQL files were not read" in ran.err and "m/x (1), m/x/y (1), m/z (1)" in ran.err
        assert "rowkeep lint m/x" in ran.err and "ignore-pattern" in ran.err
    document = json.loads(run("lint", "m", "--output-format", "json").out)
    assert document["exit_code"] == 2
    assert document["result"]["unread"] == ["m/x/1.sql", "m/x/y/2.sql", "m/z/3.sql"]
    assert run("lint", "m/1_a.sql").code == 0, "one file was asked for, and read"
    ignored = run("lint", "m", env={"ROWKEEP_IGNORE_PATTERN": r"\..*|x|z"})
    assert ignored.code == 0, ignored


def test_lint_of_folders_only_says_how_many_lie_there(run: Any, tmp_path: Path) -> None:
    write(tmp_path / "m", {"mysql/1_a.sql": "M;", "postgres/1_a.sql": UP})
    ran = run("lint", "m")
    assert ran.code == 2 and "2 SQL files were not read" in ran.err
    assert "rowkeep lint m/postgres" in ran.err and "rowkeep lint m/mysql" not in ran.err
    assert run("lint", "m/postgres").code == 0


def test_lint_reads_a_folder_a_version(run: Any, tmp_path: Path) -> None:
    write(tmp_path / "v", {"1.1/0001_gone.sql": "DROP TABLE basket;\n", "LATEST.sql": UP, "1.0/0001_start.sql": UP})
    ran = run("lint", "v")
    assert ran.code == 1 and "drop-table" in ran.out and "in 2 migrations" in ran.out


def test_lint_passes_other_databases_over_with_one_note(run: Any, tmp_path: Path) -> None:
    write(
        tmp_path / "m",
        {
            "0001_start.mysql.up.sql": "CREATE TABLE `basket` (id int);\n",
            "0001_start.sqlite3.up.sql": "CREATE TABLE basket (id int);\n",
            "0001_start.postgres.up.sql": UP,
            "0001_start.postgres.down.sql": DOWN,
            "0002_line.mysql.up.sql": "CREATE TABLE `line` (id int);\n",
        },
    )
    ran = run("lint", "m")
    assert ran.code == 0 and ran.out.count("other-database") == 1, ran
    for word in ("syntax-error", "duplicate-name", "made-already"):
        assert word not in ran.out


def test_lint_says_of_a_template_what_it_is(run: Any, tmp_path: Path) -> None:
    write(
        tmp_path / "m",
        {
            "1_a.up.sql": "DROP TABLE {{ .Prefix }}basket;\n{{ if .X }}SELECT 1;{{ end }}\n",
            "1_a.down.sql": "SELECT 1;\n",
        },
    )
    ran = run("lint", "m")
    assert ran.code == 1 and "drop-table" in ran.out and "syntax-error" not in ran.out, ran
    assert "is a template placeholder" in ran.out
    imported = run("import", "m", "-m", "new")
    assert imported.code == 1 and "next:" in imported.err


def test_import_names_what_it_leaves_out(run: Any, tmp_path: Path) -> None:
    write(tmp_path / "pairs", {"1_start.up.sql": UP, "2_gone.down.sql": DOWN})
    ran = run("import", "pairs", "-m", "new")
    assert ran.code == 0 and "skipped: pairs/2_gone.down.sql" in ran.err, ran
    write(tmp_path / "mixed", {"1_a.up.sql": UP, "1_a.down.sql": DOWN, "2_b.sql": UP})
    refused = run("import", "mixed", "-m", "other")
    assert refused.code == 1 and "--leave-out 2_b.sql" in refused.err and "--from sqlx" in refused.err, refused
    assert not (tmp_path / "other").exists()
    left = run("import", "mixed", "-m", "other", "--leave-out", "2_b.sql")
    assert left.code == 0 and "skipped: mixed/2_b.sql" in left.err, left


def test_the_histories_that_can_be_read_are_known() -> None:
    from rowkeep.cli.commands.import_ import KNOWN_HISTORIES
    from rowkeep.database.store.foreign_history import TABLES

    assert set(TABLES) == KNOWN_HISTORIES
