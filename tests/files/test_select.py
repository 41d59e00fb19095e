"""Files that a user names: a migration of its directory, or a text by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from rowkeep.files.select import Selection, select_from_pipe, select_migrations

GOOSE = "-- +goose Up\nSELECT 1;\n-- +goose Down\nDROP TABLE t;\n"
MARKED = "-- Up Migration\nSELECT 1;\n-- Down Migration\nDROP TABLE t;\n"


@pytest.fixture(autouse=True)
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of scripts of all sorts, and one of numbered migrations."""
    for name, text in {
        "scripts/a-goose.sql": GOOSE,
        "scripts/b-marked.sql": MARKED,
        "scripts/c-bare.sql": "DROP TABLE t;\n",
        "scripts/d-bare.sql": "DROP TABLE t;\n",
        "scripts/e-bare.sql": "DROP TABLE t;\n",
        "numbered/1_a.sql": "CREATE TABLE t (id int);\n",
        "numbered/2_b.sql": MARKED,
        "numbered/loose.sql": GOOSE,
    }.items():
        Path(tmp_path, name).parent.mkdir(exist_ok=True)
        Path(tmp_path, name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def _told(selections: tuple[Selection, ...]) -> list[tuple[str, int, bool]]:
    """Of every chosen migration: its layout, how many are known of its directory, and whether it has a down part."""
    return [
        (one.layout, len(each.directory.migrations), one.down is not None)
        for each in selections
        for one in each.chosen
    ]


def test_in_a_folder_of_scripts_each_file_is_what_its_own_markers_say() -> None:
    assert _told(select_migrations(["scripts/a-goose.sql", "scripts/b-marked.sql", "scripts/c-bare.sql"])) == [
        ("goose", 1, True),
        ("node-pg-migrate", 1, True),
        ("node-pg-migrate", 1, False),
    ]


def test_the_folder_itself_is_read_file_by_file() -> None:
    found = select_migrations(["scripts"])
    assert len(found) == 5
    assert all(len(each.directory.migrations) == 1 for each in found)


def test_the_projects_own_folder_is_one_history_whatever_its_names() -> None:
    assert _told(select_migrations(["scripts/c-bare.sql"], home="scripts")) == [("plain", 5, False)]


def test_a_numbered_file_is_seen_in_its_directory_and_one_without_a_number_is_not() -> None:
    assert _told(select_migrations(["numbered/2_b.sql"])) == [("node-pg-migrate", 3, True)]
    assert _told(select_migrations(["numbered/loose.sql"])) == [("goose", 1, True)]
    (home,) = select_migrations(["numbered/loose.sql"], home="numbered")
    assert [remark.kind for remark in home.chosen[0].remarks if remark.fatal] == ["unknown-marker", "no-prefix"]


def test_a_text_from_stdin_has_the_place_of_the_file_it_is_called_after() -> None:
    assert _told((select_from_pipe("numbered/3_c.sql", b"SELECT 1;"),)) == [("node-pg-migrate", 4, False)]
    assert _told((select_from_pipe("scripts/a-goose.sql", GOOSE.encode()),)) == [("goose", 1, True)]
