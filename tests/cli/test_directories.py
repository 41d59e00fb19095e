"""What `up` makes of a directory that is not as it should be: nothing that would lose or skip a text runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

pytestmark = pytest.mark.majors(15)

UP = "-- Up Migration\n"
DOWN = "-- Down Migration\n"


def tables(database: str) -> set[str]:
    with psycopg.connect(database) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {name for (name,) in found} - {"pgmigrations"}


def write(place: Path, **files: str) -> None:
    (place / "migrations").mkdir(exist_ok=True)
    for name, text in files.items():
        (place / "migrations" / f"{name[1:]}.sql").write_text(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("CREATE TABLE lost ();\n" + UP + "CREATE TABLE b ();\n", "text is before the first marker"),
        (DOWN + "DROP TABLE a;\n", "a down marker without an up marker"),
        (
            UP + "CREATE TABLE b ();\n-- down migration is not possible\nCREATE TABLE c ();\n",
            "looks like the down marker",
        ),
        (UP + "DO $$ BEGIN\n" + DOWN + "END $$;\n", "within a dollar-quoted body looks like a marker"),
        ("CREATE TABLE b ();\n-- migrate:down\nDROP TABLE b;\n", "a marker of another tool"),
    ],
    ids=["text before a marker", "down only", "look-alike", "marker in a body", "a marker of another tool"],
)
def test_a_pending_file_that_would_lose_text_is_refused(
    text: str, said: str, run: Any, tmp_path: Path, database: str
) -> None:
    write(tmp_path, _1_a=UP + "CREATE TABLE a ();\n", _2_b=text)
    ran = run("up", env={"DATABASE_URL": database})
    assert ran.code in (1, 2), ran.err
    assert said in ran.err
    assert "migrations/2_b.sql:" in ran.err
    assert "nothing was changed" in ran.err
    assert tables(database) == set()


def test_an_applied_file_is_left_in_peace(run: Any, tmp_path: Path, database: str) -> None:
    write(tmp_path, _1_a="CREATE TABLE a ();\n")
    assert run("up", env={"DATABASE_URL": database}).code == 0
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM pgmigrations")
        connection.execute("INSERT INTO pgmigrations (name, run_on) VALUES ('1_old', now())")
        connection.execute("DROP SCHEMA rowkeep CASCADE")
    (tmp_path / "migrations/1_a.sql").unlink()
    write(tmp_path, _1_old="SET work_mem = 1;\n" + UP + "CREATE TABLE a ();\n", _2_b="CREATE TABLE b ();\n")
    ran = run("up", env={"DATABASE_URL": database})
    assert ran.code == 0, ran.err
    assert tables(database) == {"a", "b"}


def test_another_tools_directory_is_left_alone(run: Any, tmp_path: Path, database: str) -> None:
    write(tmp_path, _1_a="-- +goose Up\nCREATE TABLE a ();\n")
    ran = run("up", env={"DATABASE_URL": database})
    assert (ran.code, ran.out) == (1, "")
    assert "this directory has the layout of goose" in ran.err
    assert tables(database) == set()


def test_a_second_file_of_an_applied_name_is_not_skipped_in_silence(run: Any, tmp_path: Path, database: str) -> None:
    write(tmp_path, _1_a="CREATE TABLE a ();\n")
    assert run("up", env={"DATABASE_URL": database}).code == 0
    (tmp_path / "migrations/1_a.js").write_text("exports.up = () => {};\n")
    ran = run("up", env={"DATABASE_URL": database})
    assert (ran.code, ran.out) == (1, "")
    assert "2 files are called 1_a; history has 1" in ran.err
