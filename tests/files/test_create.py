"""New migrations: their names, their place in the order, the disk that refuses, and a template that runs."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.patience import PATIENCE_S

from rowkeep.domain.source import Source
from rowkeep.errors import Misused
from rowkeep.files import read_directory
from rowkeep.files.content.markers import cut_sections
from rowkeep.files.filesystem.write import write_new, write_over
from rowkeep.files.names import make_prefix, make_slug
from rowkeep.files.new_migration import create_migration_file
from rowkeep.files.order import prefix_number, sort_names

NOW = datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC)
TEMPLATE = Path(create_migration_file.__code__.co_filename).with_name("template.sql").read_text()


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["add-phone"], "add-phone"),
        (["add", "phone", "to", "users"], "add-phone-to-users"),
        (["add phone_to  users"], "add-phone-to-users"),
        (["Größe"], "Größe"),
        (["_x_"], "x"),
    ],
)
def test_words_are_joined_as_the_old_tool_joins_them(words: list[str], name: str) -> None:
    assert make_slug(words) == name


@pytest.mark.parametrize("words", [[], [""], ["-"], ["a/b"], ["../x"], ["it's"], ["a\\b"], ["a\nb"], ["\udc80"]])
def test_a_name_that_cannot_be_is_refused(words: list[str]) -> None:
    with pytest.raises(Misused):
        make_slug(words)


@pytest.mark.parametrize(
    ("present", "prefix"),
    [
        ([], "1767323045678"),
        (["1700000000000_a.sql"], "1767323045678"),
        (["0001_a.sql", "0002_b.sql"], "1767323045678"),
        (["20250101000000_a.sql"], "20260102030405"),
        (["20250101000000000_a.sql"], "20260102030405678"),
        (["1767323045678_a.sql"], "1767323045679"),
        (["1999999999999_from-a-clock-ahead.sql"], "2000000000000"),
        (["20260102030405_a.sql"], "20260102030406"),
        # More digits than a JavaScript number tells apart.
        (["100002000020020000_a.sql", "100002000020020002_a.sql"], "100002000020020003"),
    ],
)
def test_the_prefix_is_the_time_in_the_directorys_own_form(present: list[str], prefix: str) -> None:
    assert make_prefix(NOW, present) == prefix


@given(st.lists(st.from_regex(r"\A[0-9]{1,18}\Z").map(lambda digits: f"{digits}_a.sql"), max_size=5))
def test_the_new_one_is_the_last(present: list[str]) -> None:
    new = f"{make_prefix(NOW, present)}_b.sql"
    dated = [name for name in present if prefix_number(name) == prefix_number(name)]
    assert sort_names([*dated, new])[-1] == new


def test_two_at_once_are_two(tmp_path: Path) -> None:
    paths = [create_migration_file(f"{tmp_path}/m", ["same"], now=NOW) for _ in range(3)]
    assert [Path(path).name for path in paths] == [f"176732304567{n}_same.sql" for n in (8, 9)] + [
        "1767323045680_same.sql"
    ]
    assert {Path(path).read_text() for path in paths} == {TEMPLATE}
    assert [file.name for file in (tmp_path / "m").iterdir() if file.name.startswith(".")] == []


def test_another_tools_directory_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "1_a.sql").write_text("-- +goose Up\nselect 1;\n")
    with pytest.raises(Misused, match="goose"):
        create_migration_file(str(tmp_path), ["x"])
    assert [file.name for file in tmp_path.iterdir()] == ["1_a.sql"]


def test_a_name_of_more_than_255_characters(tmp_path: Path) -> None:
    with pytest.raises(Misused, match="too long"):
        create_migration_file(str(tmp_path), ["x" * 245])


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("theirs")
    assert not write_new(f"{tmp_path}/a", b"ours")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a", "theirs")]


def test_writing_over_keeps_the_mode_and_the_link(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "a").chmod(0o640)
    (tmp_path / "link").symlink_to("a")
    write_over(f"{tmp_path}/link", b"new")
    assert (tmp_path / "a").read_text() == "new"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "link").is_symlink()


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    """RLIMIT_FSIZE makes the kernel refuse the bytes in the middle, as a full disk does."""
    script = (
        "import resource, signal, sys\n"
        "from rowkeep.files.filesystem.write import write_new\n"
        "from rowkeep.errors import Misused\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try:\n    write_new(sys.argv[1], b'x' * 1000)\n"
        "except Misused as error:\n    print(error.what, error.why)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, f"{tmp_path}/a.sql"],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    assert done.stdout == "cannot write the file File too large\n"
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    """A file in the place of the directory: refused for root, too, whom no mode stops."""
    (tmp_path / "m").write_text("")
    with pytest.raises(Misused, match="cannot create"):
        create_migration_file(f"{tmp_path}/m", ["x"])
    if os.geteuid() != 0:
        (tmp_path / "r").mkdir(mode=0o555)
        with pytest.raises(Misused, match="cannot write"):
            create_migration_file(f"{tmp_path}/r", ["x"])


def test_the_template_reads_as_it_should(tmp_path: Path) -> None:
    create_migration_file(str(tmp_path), ["x"])
    directory = read_directory(str(tmp_path))
    assert [remark.kind for remark in directory.every_remark] == ["empty-migration"]
    up, down, _ = cut_sections(Source("x.sql", TEMPLATE))
    assert up.text.startswith("-- Up Migration\n\n")
    assert down is not None
    assert down.text.startswith("\n-- Down Migration\n\n")


def examples() -> list[str]:
    """The commented examples of the template, without their comment signs: lines of `--` and three blanks."""
    lines = TEMPLATE.splitlines()
    blocks = itertools.groupby(lines, key=lambda line: line.startswith("--   "))
    return ["\n".join(line[5:] for line in block) for commented, block in blocks if commented]


def test_the_examples_uncommented_make_no_marker() -> None:
    up = re.sub(r"(?m)^--   ", "", TEMPLATE)
    assert [remark.kind for remark in cut_sections(Source("x.sql", up))[2]] == []


@pytest.mark.majors(14, 15, 18)
def test_the_examples_run(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        table, *rest = examples()
        assert len(rest) == 6
        connection.execute(table.encode())
        connection.execute("INSERT INTO orders (customer) SELECT 'c' || n FROM generate_series(1, 25000) AS n")
        for example in rest:
            connection.execute(example.encode())
        counts = connection.execute("SELECT count(*), count(note), count(currency) FROM orders").fetchone()
        assert counts == (25000, 25000, 25000)
        found = connection.execute(
            "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attname = 'note'"
        ).fetchone()
        assert found == (True,)
        # What can be run again is: everything but the constraint.
        for example in (table, *rest[:3]):
            connection.execute(example.encode())
