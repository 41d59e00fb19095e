"""`workflows.lint.lint`: a request goes in, a result comes out, without a command line around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rowkeep.config import Settings
from rowkeep.domain.lint.fix_result import FixResult
from rowkeep.errors import Misused
from rowkeep.workflows.lint import FixMode, LintObserver, LintRequest, lint

TABLE = "CREATE TABLE orders (id bigint PRIMARY KEY, email text);\n"
INDEX = "CREATE INDEX orders_email ON orders (email);\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = tmp_path / "migrations"
    home.mkdir()
    (home / "1000_table.sql").write_text(TABLE)
    (home / "2000_index.sql").write_text(INDEX)
    return Settings(migrations_dir=str(home))


class Recorder(LintObserver):
    """Remembers what it is shown, and confirms."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.fixes: list[FixResult] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def show_fix(self, fix: FixResult) -> None:
        self.fixes.append(fix)

    def confirm_not_applied(self, fix: FixResult) -> None:
        self.notes.append(f"confirmed {len(fix.files)}")


def rules_of(request: LintRequest) -> set[str]:
    return {finding.rule for finding in lint(request).counting}


def test_the_directory_of_the_settings(settings: Settings) -> None:
    result = lint(LintRequest(settings))
    assert result.analyzed == 2
    assert result.unread == ()
    assert result.database is None
    assert result.fix is None
    assert {finding.migration for finding in result.findings if finding.rule == "index-blocks-writes"} == {
        "2000_index"
    }


def test_paths_select_and_ignore(settings: Settings) -> None:
    index = (f"{settings.migrations_dir}/2000_index.sql",)
    assert lint(LintRequest(settings, index)).analyzed == 1
    assert rules_of(LintRequest(settings, index, select=("index-blocks-writes",))) == {"index-blocks-writes"}
    assert "index-blocks-writes" not in rules_of(LintRequest(settings, index, ignore=("index-blocks-writes",)))


def test_a_text_in_place_of_a_file(settings: Settings) -> None:
    text = ("new.sql", b"DROP TABLE orders;\n")
    assert "drop-table" in rules_of(LintRequest(settings, text=text))
    with pytest.raises(Misused, match="stdin or paths"):
        lint(LintRequest(settings, ("x.sql",), text=text))
    with pytest.raises(Misused, match="no file to fix"):
        lint(LintRequest(settings, text=text, fix=FixMode.SHOW))


def test_only_what_follows(settings: Settings) -> None:
    assert lint(LintRequest(settings, after="1000_table")).analyzed == 1
    with pytest.raises(Misused, match="no migration 'other'"):
        lint(LintRequest(settings, after="other"))


def test_nothing_to_lint_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Misused, match="no migration in"):
        lint(LintRequest(Settings(migrations_dir=str(tmp_path / "empty"))))


def test_edits_of_each_finding(settings: Settings) -> None:
    assert not any(finding.fix for finding in lint(LintRequest(settings)).findings)
    found = lint(LintRequest(settings, with_edits=True))
    assert any(finding.fix for finding in found.findings if finding.rule == "index-blocks-writes")


def test_a_fix_is_shown_and_written(settings: Settings) -> None:
    recorder = Recorder()
    shown = lint(LintRequest(settings, fix=FixMode.SHOW), recorder)
    assert shown.fix == recorder.fixes[0]
    assert shown.analyzed == 0
    index = Path(settings.migrations_dir, "2000_index.sql")
    assert index.read_text() == INDEX
    written = lint(LintRequest(settings, fix=FixMode.WRITE), recorder)
    assert written.fix == shown.fix
    assert f"confirmed {len(shown.fix.files)}" in recorder.notes
    assert "CONCURRENTLY" in index.read_text()
    assert not any(finding.rule == "index-blocks-writes" for finding in written.findings)


def test_nothing_is_written_where_nobody_knows_what_is_applied(settings: Settings) -> None:
    with pytest.raises(Misused, match="cannot tell which migrations may be changed"):
        lint(LintRequest(settings, fix=FixMode.WRITE))
    assert Path(settings.migrations_dir, "2000_index.sql").read_text() == INDEX


def test_a_baseline_of_the_settings(settings: Settings, tmp_path: Path) -> None:
    from dataclasses import replace

    from rowkeep.analysis.suppression.lint_baseline import format_baseline

    everything = lint(LintRequest(settings))
    path = tmp_path / "known.txt"
    path.write_text(format_baseline(everything))
    known = replace(settings, baseline=str(path))
    assert lint(LintRequest(known)).counting == ()
    assert lint(LintRequest(known)).known == len(everything.counting)
    assert lint(LintRequest(known, ignore_baseline=True)).counting == everything.counting


@pytest.mark.majors(17)
def test_what_the_database_holds(settings: Settings, database: str) -> None:
    import psycopg

    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE pgmigrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL)"
        )
        connection.execute("INSERT INTO pgmigrations (name, run_on) VALUES ('1000_table', now())")
        connection.execute(TABLE)
    recorder = Recorder()
    result = lint(LintRequest(settings, database=database), recorder)
    assert result.analyzed == 1
    assert result.database is not None
    assert (result.database.major, result.database.tables) == (17, 1)
    assert recorder.notes == ["1 applied migration is skipped; --all includes applied migrations"]
    assert lint(LintRequest(settings, database=database, include_applied=True)).analyzed == 2
    assert lint(LintRequest(settings, history=database, pending_only=True)).analyzed == 1
    with pytest.raises(Misused, match="applied migrations are never changed"):
        lint(LintRequest(settings, (settings.migrations_dir,), history=database, fix=FixMode.WRITE))
    fix = lint(LintRequest(settings, history=database, fix=FixMode.SHOW)).fix
    assert fix is not None
    assert {Path(file.path).name for file in fix.files if file.old} == {"2000_index.sql"}
