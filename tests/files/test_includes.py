r"""What psql's `\i` and `\ir` bring in: read for the judge, in its place, or a reason why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from rowkeep import files
from rowkeep.analysis import analyze


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a directory of migrations and one of shared files; the working directory."""
    home = tmp_path / "project"
    (home / "migrations").mkdir(parents=True)
    (home / "shared").mkdir()
    monkeypatch.chdir(home)
    return home


def found(project: Path, text: str) -> list[str]:
    """The findings on a migration of that text, psql's own commands aside."""
    (project / "migrations" / "1_a.sql").write_text(text, encoding="utf-8")
    result = analyze(files.read_directory("migrations").migrations)
    wanted = [each for each in result.findings if each.rule not in ("psql-command", "create-table-not-repeatable")]
    return [f"{each.place} {each.rule}" for each in wanted]


def test_statements_are_judged_where_they_stand(project: Path) -> None:
    (project / "shared" / "all.sql").write_text("-- two\n\\ir more.sql\n", encoding="utf-8")
    (project / "shared" / "more.sql").write_text("SELECT 1;\nTRUNCATE carts;\n", encoding="utf-8")
    assert found(project, "\\ir ../shared/all.sql\n") == ["shared/more.sql:2:1 truncate-table"]
    assert found(project, "\\i shared/all.sql\n") == ["shared/more.sql:2:1 truncate-table"]
    assert found(project, "\\include 'shared/more.sql';\n") == ["shared/more.sql:2:1 truncate-table"]


def test_what_it_makes_is_known_behind_it(project: Path) -> None:
    (project / "shared" / "made.sql").write_text("CREATE TABLE things (id int);\n", encoding="utf-8")
    text = "\\i shared/made.sql\nDROP TABLE things;\nDROP TABLE others;\n"
    assert found(project, text) == ["migrations/1_a.sql:3:1 drop-table"]


def test_an_allowance_holds_in_its_own_file(project: Path) -> None:
    text = "-- rowkeep: allow drop-table because nobody reads it\nDROP TABLE a;\nDROP TABLE b;\n"
    (project / "shared" / "gone.sql").write_text(text, encoding="utf-8")
    (project / "migrations" / "1_a.sql").write_text("\\i shared/gone.sql\n", encoding="utf-8")
    result = analyze(files.read_directory("migrations").migrations)
    drops = [(each.place.line, each.allowed is not None) for each in result.findings if each.rule == "drop-table"]
    assert drops == [(2, True), (3, False)]


@pytest.mark.parametrize(
    "command", ["\\i not-there.sql", "\\i :name", "\\i `date`.sql", "\\ir 1_a.sql", "\\i ../outside.sql", "\\i shared"]
)
def test_what_is_not_read_is_a_finding(project: Path, command: str) -> None:
    (project.parent / "outside.sql").write_text("SELECT 1;", encoding="utf-8")
    assert found(project, f"SELECT 1;\n{command}\n") == ["migrations/1_a.sql:2:1 include-not-read"]


def test_a_loop_over_two_files_ends(project: Path) -> None:
    (project / "shared" / "a.sql").write_text("\\ir b.sql\n", encoding="utf-8")
    (project / "shared" / "b.sql").write_text("\\ir a.sql\n", encoding="utf-8")
    assert found(project, "\\i shared/a.sql\n") == ["shared/b.sql:1:1 include-not-read"]


def test_no_command_in_comments_texts_and_rows(project: Path) -> None:
    assert found(project, "-- \\i gone.sql\nSELECT '\n\\i gone.sql\n';\n") == []
    rows = "CREATE TABLE a (b text);\nCOPY a FROM stdin;\n\\i gone.sql\n\\.\n"
    assert found(project, rows) == ["migrations/1_a.sql:3:1 copy-data"]
