"""A Linter that remembers says what `Project.lint` says, after every change of the files."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rowkeep
from rowkeep.analysis.analyzer import Analyzer
from rowkeep.analysis.remembered import BLOCK, is_same_state
from rowkeep.domain.migration import Migration
from rowkeep.domain.schema.schema_state import SchemaState

TEXTS = [
    "CREATE TABLE a (id bigint PRIMARY KEY, b text, c int);\n",
    "CREATE TABLE a (id bigint PRIMARY KEY, c int, b text);\n",
    "CREATE TABLE IF NOT EXISTS b (id bigint PRIMARY KEY, a bigint REFERENCES a);\n",
    "ALTER TABLE b ADD COLUMN d bigint REFERENCES a;\n",
    "CREATE INDEX CONCURRENTLY ON b (d);\n",
    "CREATE INDEX ON b (a);\nCREATE INDEX ON b (d);\n",
    "DROP TABLE a;\n",
    "ALTER TABLE a RENAME TO b;\n",
    "ALTER TABLE a RENAME COLUMN b TO d;\n",
    "CREATE VIEW v AS SELECT * FROM a;\n",
    "ALTER TABLE a DROP COLUMN b;\n\n-- Down Migration\nALTER TABLE a ADD COLUMN b text;\n",
    "-- rowkeep: no-transaction\nCREATE INDEX CONCURRENTLY x ON a (c);\nDROP INDEX x;\n",
    "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'DELETE FROM a';\n",
    "SELECT f();\n",
    "CREATE TYPE mood AS ENUM ('x');\n",
    "ALTER TYPE mood ADD VALUE 'y';\nCREATE TABLE c (m mood DEFAULT 'y');\n",
    "SET search_path = other;\nDROP TABLE b;\n",
    "-- rowkeep: allow drop-table because it is empty\nDROP TABLE b;\n",
    "\\ir ../more.sql\n",
    "DO $$ BEGIN EXECUTE 'DROP TABLE ' || x; END $$;\n",
    "LOCK TABLE a;\nALTER TABLE b ADD CONSTRAINT k CHECK (id > 0) NOT VALID;\nALTER TABLE b VALIDATE CONSTRAINT k;\n",
    "not SQL\n",
    "",
]
NUMBERS = 2 * BLOCK + 3
NAMES = [f"{1_700_000_000_000 + number}_m{number}.sql" for number in range(NUMBERS)]
EDITS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(NAMES), st.sampled_from(TEXTS)),
    st.tuples(st.just("append"), st.sampled_from(NAMES), st.sampled_from(["-- more\n", "\n", *TEXTS])),
    st.tuples(st.just("move"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("remove"), st.sampled_from(NAMES), st.just("")),
    st.tuples(st.just("more"), st.just(""), st.sampled_from(TEXTS)),
    st.tuples(st.just("unsaved"), st.sampled_from(NAMES), st.sampled_from(TEXTS)),
)


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "migrations").mkdir()
    monkeypatch.chdir(tmp_path)
    yield tmp_path / "migrations"


def outcome(call: object) -> object:
    """A result, or the words of the error."""
    try:
        return call()  # type: ignore[operator]
    except rowkeep.Misused as error:
        return str(error)


@settings(max_examples=60)
@given(start=st.lists(st.sampled_from(TEXTS), min_size=1, max_size=NUMBERS), edits=st.lists(EDITS, max_size=8))
def test_as_lint_after_any_edits(start: list[str], edits: list[tuple[str, str, str]]) -> None:
    home = Path(os.environ["TMPDIR"]) / f"linter-{os.getpid()}"
    shutil.rmtree(home, ignore_errors=True)
    (home / "migrations").mkdir(parents=True)
    for name, text in zip(NAMES, start, strict=False):
        (home / "migrations" / name).write_text(text)
    project = rowkeep.Project(home)
    linter = project.linter()
    assert linter.lint() == project.lint()
    for what, name, text in edits:
        path = home / "migrations" / name
        if what == "write":
            path.write_text(text)
        elif what == "append" and path.exists():
            path.write_text(path.read_text() + text)
        elif what == "move" and path.exists():
            path.rename(path.with_name(text))
        elif what == "remove":
            path.unlink(missing_ok=True)
        elif what == "more":
            (home / "more.sql").write_text(text)
        elif what == "unsaved":
            before = path.read_bytes() if path.exists() else None
            answer = outcome(lambda: linter.lint([f"migrations/{name}"], text=text))  # noqa: B023  # called at once
            path.write_text(text)
            assert answer == outcome(lambda: project.lint([f"migrations/{name}"]))  # noqa: B023
            path.unlink()
            if before is not None:
                path.write_bytes(before)
        files = [f"migrations/{name}"] if path.is_file() else []
        assert outcome(lambda: linter.lint(files)) == outcome(lambda: project.lint(files))  # noqa: B023
        assert outcome(linter.lint) == outcome(project.lint)
    shutil.rmtree(home)


def count_analyzed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the migrations that are analyzed from now on."""
    names: list[str] = []
    original = Analyzer.migration

    def migration(self: Analyzer, migration: Migration, number: int, known: SchemaState, *, wanted: bool) -> None:
        names.append(migration.name)
        original(self, migration, number, known, wanted=wanted)

    monkeypatch.setattr(Analyzer, "migration", migration)
    return names


def write_tables(directory: Path, count: int) -> list[Path]:
    """Migrations that create one table each."""
    paths = [directory / f"{1_700_000_000_000 + number}_t{number}.sql" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_text(f"CREATE TABLE t{number} (id bigint PRIMARY KEY);\n")
    return paths


def test_only_what_a_change_influences_is_analyzed(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = write_tables(directory, 5 * BLOCK)
    linter = rowkeep.Project(directory.parent).linter()
    names = count_analyzed(monkeypatch)
    linter.lint()
    assert len(names) == 5 * BLOCK
    names.clear()
    linter.lint()
    assert names == []
    # The schema afterwards is the same: one block.
    paths[BLOCK].write_text(paths[BLOCK].read_text() + "-- a comment\nSELECT 1;\n")
    linter.lint()
    assert names == [path.stem for path in paths[BLOCK : 2 * BLOCK]]
    names.clear()
    # Another schema afterwards: everything that follows, once.
    paths[BLOCK].write_text("CREATE TABLE other (id bigint PRIMARY KEY);\n")
    linter.lint([paths[BLOCK]])
    assert names == [path.stem for path in paths[BLOCK : 2 * BLOCK]]
    linter.lint()
    assert names[BLOCK:] == [path.stem for path in paths[BLOCK:]]
    names.clear()
    linter.lint([paths[3]])
    assert names == []


def test_an_index_that_comes_later_counts(directory: Path) -> None:
    paths = write_tables(directory, 3 * BLOCK)
    paths[0].write_text("CREATE TABLE a (id bigint PRIMARY KEY);\nCREATE TABLE b (a bigint REFERENCES a);\n")
    project = rowkeep.Project(directory.parent)
    linter = project.linter()
    first = linter.lint([paths[0]])
    assert first == project.lint([paths[0]])
    assert [finding.wants_index is not None for finding in first.findings].count(True) == 1
    paths[-1].write_text("CREATE INDEX CONCURRENTLY ON b (a);\n")
    second = linter.lint([paths[0]])
    assert second == project.lint([paths[0]])
    assert len(second.findings) == len(first.findings) - 1


def test_options_are_remembered_apart(directory: Path) -> None:
    directory.joinpath("1700000000000_a.sql").write_text("DROP TABLE a;\n")
    linter = rowkeep.Project(directory.parent).linter()
    assert [finding.rule for finding in linter.lint().findings] == ["drop-table"]
    assert linter.lint(ignore=["drop-table"]).findings == ()
    assert linter.lint(ignore="drop-table").findings == ()
    assert [finding.rule for finding in linter.lint(select=["drop-table"]).findings] == ["drop-table"]
    assert [bool(finding.fix) for finding in linter.lint(with_edits=True).findings] == [True]
    with pytest.raises(rowkeep.Misused):
        linter.lint(select=["no-such-rule"])
    with pytest.raises(rowkeep.Misused):
        linter.lint(text="SELECT 1")


def test_threads_share_it(directory: Path) -> None:
    write_tables(directory, 3 * BLOCK)
    project = rowkeep.Project(directory.parent)
    linter, fresh, answers = project.linter(), project.lint(), []
    threads = [threading.Thread(target=lambda: answers.append(linter.lint())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [fresh] * 4


def test_order_is_part_of_a_schema() -> None:
    one, other = SchemaState(), SchemaState()
    assert is_same_state(one, other)
    for state, keys in ((one, ("a", "b")), (other, ("b", "a"))):
        for key in keys:
            state.dropped["public", key] = 1
    assert one == other
    assert not is_same_state(one, other)


@pytest.mark.parametrize(
    "files",
    [
        {"20200101000000_a/up.sql": "CREATE TABLE a (id int);\n", "20200101000000_a/down.sql": "DROP TABLE a;\n"},
        {"V1__a.sql": "CREATE TABLE a (id int);\n", "V2__b.sql": "ALTER TABLE a ADD b int NOT NULL;\n"},
        {"1_a.up.sql": "CREATE TABLE a (id int);\n", "1_a.down.sql": "DROP TABLE a;\n"},
        {"1_a.sql": "-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down\nDROP TABLE a;\n"},
        {"1_a.sql": "-- +goose Up\nCREATE TABLE a (id int);\n-- +goose Down\nDROP TABLE a;\n"},
        {"one.sql": "CREATE TABLE a (id int);\n", "two.sql": "DROP TABLE a;\n"},
    ],
    ids=["diesel", "flyway", "golang-migrate", "dbmate", "goose", "plain"],
)
def test_every_layout(directory: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(text)
    project = rowkeep.Project(directory.parent)
    linter = project.linter()
    assert linter.lint() == project.lint()
    for name, text in files.items():
        place = directory / name
        for change in (text + "DROP TABLE lost;\n", "-- +goose Up\nDROP TABLE c;\n", text):
            place.write_text(change)
            assert linter.lint([place]) == project.lint([place])
            assert outcome(linter.lint) == outcome(project.lint)
    place.unlink()
    assert outcome(linter.lint) == outcome(project.lint)
