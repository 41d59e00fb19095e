"""`rowkeep.Project` on real servers: it asks what the command line asks, and leaves the process as it was."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path

import psycopg
import pytest

import rowkeep
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.plan import Request

CREATE = "CREATE TABLE IF NOT EXISTS {} (id int PRIMARY KEY);"


def write(directory: Path, name: str, up: str, down: str = "") -> None:
    place = directory / "migrations"
    place.mkdir(exist_ok=True)
    text = f"-- Up Migration\n{up}\n" + (f"\n-- Down Migration\n{down}\n" if down else "")
    (place / f"{name}.sql").write_text(text, encoding="utf-8")


def name_of(database: str) -> str:
    return str(psycopg.conninfo.conninfo_to_dict(database)["dbname"])


@pytest.fixture(autouse=True)
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who has never changed a database, and whose environment names none."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("DATABASE_URL", "PGHOST", "PGDATABASE", "PGUSER", "PGPORT", "PGPASSWORD"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    directory = tmp_path / "project"
    directory.mkdir()
    return directory


@pytest.fixture
def filled(database: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> rowkeep.Project:
    """A production database with a row, which this checkout has not changed yet as far as anybody here knows."""
    write(home, "1_users", CREATE.format("users"), "DROP TABLE users;")
    project = rowkeep.Project(home, database)
    project.up()
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO users VALUES (1)")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another state"))
    return project


@pytest.mark.majors(18)
def test_up_asks_once_for_the_name_of_a_production_database(filled: rowkeep.Project, database: str) -> None:
    write(filled.root, "2_orders", CREATE.format("orders"))
    with pytest.raises(rowkeep.Refused) as nobody:
        filled.up()
    assert nobody.value.code is rowkeep.ErrorCode.CONFIRMATION_NEEDED
    with pytest.raises(rowkeep.Refused, match="confirmed was elsewhere") as other:
        filled.up(confirm="elsewhere")
    assert other.value.code is rowkeep.ErrorCode.NOT_CONFIRMED
    assert [item.name for item in filled.status().pending] == ["2_orders"]
    result = filled.up(confirm=name_of(database))
    assert [step.name for step, _ in result.done] == ["2_orders"]
    write(filled.root, "3_items", CREATE.format("items"))
    assert len(filled.up().done) == 1, "this person has confirmed this database before"


@pytest.mark.majors(18)
def test_up_does_what_was_reviewed_or_refuses(filled: rowkeep.Project, database: str) -> None:
    write(filled.root, "2_orders", CREATE.format("orders"))
    write(filled.root, "3_items", CREATE.format("items"))
    review = filled.review(1)
    assert [step.migration for step in review.steps] == ["2_orders"]
    result = filled.up(reviewed=review, confirm=name_of(database))
    assert [step.name for step, _ in result.done] == ["2_orders"]
    with pytest.raises(rowkeep.Refused) as refused:
        filled.up(reviewed=review)
    assert refused.value.code is rowkeep.ErrorCode.PLAN_OUTDATED
    assert [item.name for item in filled.status().pending] == ["3_items"]


@pytest.mark.majors(18)
def test_lint_stops_up_in_production(filled: rowkeep.Project, database: str) -> None:
    write(filled.root, "2_drop", "DROP TABLE users;")
    assert filled.lint().refuses()
    assert [finding.rule for finding in filled.lint(live=True).findings if finding.severity.value == "error"]
    with pytest.raises(rowkeep.Refused) as refused:
        filled.up(confirm=name_of(database))
    assert refused.value.code is rowkeep.ErrorCode.LINT_ERRORS
    assert refused.value.remains is rowkeep.Remains.UNCHANGED
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (1,)


@pytest.mark.majors(18)
def test_down_asks_in_production_for_rehearsal_name_and_backup(filled: rowkeep.Project, database: str) -> None:
    name = name_of(database)
    with pytest.raises(rowkeep.Refused) as refused:
        filled.down(confirm=name)
    assert refused.value.code is rowkeep.ErrorCode.NOT_REHEARSED
    with pytest.raises(rowkeep.Refused) as refused:
        filled.down(untested=True)
    assert refused.value.code is rowkeep.ErrorCode.CONFIRMATION_NEEDED
    with pytest.raises(rowkeep.Misused) as misused:
        filled.down(confirm=name, untested=True, no_backup=True)
    assert misused.value.code is rowkeep.ErrorCode.REASON_MISSING
    result = filled.down(confirm=name, untested=True)
    assert result.backup is not None
    assert [each.id for each in filled.backups().backups] == [result.backup]
    assert filled.backups().directory == str(filled.root / "backups")
    assert [entry.outcome for entry in filled.history()] == [rowkeep.EntryOutcome.APPLIED, rowkeep.EntryOutcome.UNDONE]
    assert [entry.outcome for entry in filled.history(last=1)] == [rowkeep.EntryOutcome.UNDONE]


@pytest.mark.majors(18)
def test_deploy_refuses_a_database_that_was_not_confirmed(filled: rowkeep.Project) -> None:
    write(filled.root, "2_orders", CREATE.format("orders"))
    with pytest.raises(rowkeep.Refused, match="not the database that was confirmed"):
        filled.deploy(confirm="elsewhere")
    assert filled.backups().backups == ()
    assert len(filled.status().pending) == 1


@pytest.mark.majors(18)
def test_rehearse_verify_and_restore(filled: rowkeep.Project, database: str) -> None:
    assert filled.verify().expected is None
    assert filled.verify(accept="as it is").structure is not None
    assert filled.verify().ok
    write(filled.root, "2_orders", CREATE.format("orders"), "DROP TABLE orders;")
    rehearsed = filled.rehearse(roundtrip=True)
    assert rehearsed.rehearsal is not None and rehearsed.rehearsal.losses == ()
    assert rehearsed.carried is None and len(filled.status().pending) == 1
    assert rehearsed.backup is not None and rehearsed.backup.verified == "counts"
    copy = filled.restore(rehearsed.backup, into="a_copy")
    assert copy.proof.startswith("restored: ")
    with pytest.raises(rowkeep.Misused) as misused:
        filled.restore("latest", into="a_copy")
    assert misused.value.code is rowkeep.ErrorCode.DATABASE_EXISTS
    with psycopg.connect(database) as connection:
        connection.execute("ALTER TABLE users ADD COLUMN more int")
    verified = filled.verify()
    assert not verified.ok
    assert "public.users.more" in {each.identity for each in verified.differences}


@pytest.mark.majors(14, 18)
def test_an_application_starts_only_where_nothing_is_pending(database: str, home: Path) -> None:
    write(home, "1_users", CREATE.format("users"))
    project = rowkeep.Project(home, database)
    with pytest.raises(rowkeep.Refused, match="1 migration is pending") as refused:
        project.require_current()
    assert refused.value.code is rowkeep.ErrorCode.MIGRATIONS_PENDING
    assert refused.value.why == "1_users"
    with pytest.raises(rowkeep.Busy):
        project.wait(timeout_s=0)
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT to_regclass('pgmigrations')").fetchone() == (None,), "it only reads"
    write(home, "2_orders", CREATE.format("orders"))
    project.up()
    assert len(project.require_current().applied) == 2
    assert len(project.wait(timeout_s=0).applied) == 2
    (home / "migrations" / "2_orders.sql").unlink()
    assert len(project.require_current().applied) == 2, "a database that is ahead of an older version passes"


@pytest.mark.majors(18)
def test_methods_run_in_a_thread_and_tell_what_happens(database: str, home: Path) -> None:
    write(home, "1_users", CREATE.format("users"))
    events: list[rowkeep.Event] = []
    project = rowkeep.Project(home, database, on_event=events.append)
    results: list[rowkeep.RunResult] = []
    thread = threading.Thread(target=lambda: results.append(project.up()))
    thread.start()
    thread.join()
    assert len(results[0].done) == 1
    assert rowkeep.MigrationFinished("1_users", "up", events[-1].seconds) in events  # type: ignore[union-attr]


@pytest.mark.majors(18)
def test_the_project_in_another_directory_is_read_there(
    database: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its configuration and its `.env`, whose variables reach libpq without the environment of the process."""
    monkeypatch.chdir(tmp_path)
    parts = psycopg.conninfo.conninfo_to_dict(database)
    lines = [f"PG{key.upper()}={parts[part]}" for key, part in (("host", "host"), ("port", "port"), ("user", "user"))]
    (home / ".env").write_text("\n".join([*lines, f"PGDATABASE={parts['dbname']}"]), encoding="utf-8")
    (home / "rowkeep.toml").write_text('migrations-dir = "db/changes"\n', encoding="utf-8")
    (home / "db" / "changes").mkdir(parents=True)
    (home / "db" / "changes" / "1_a.sql").write_text("CREATE TABLE a (id int);\n", encoding="utf-8")
    before = dict(os.environ)
    for project in (rowkeep.Project("project"), rowkeep.Project(home)):
        assert project.status().state.database == parts["dbname"]
        assert [each.name for each in project.migrations().migrations] == ["1_a"]
    assert rowkeep.Project(home, migrations_dir="db").settings.migrations_dir == str(home / "db")
    assert dict(os.environ) == before


@pytest.mark.server
def test_an_embedded_server_serves_the_project() -> None:
    """It counts as development: `down` asks for nothing."""
    with tempfile.TemporaryDirectory(prefix="project-") as directory:
        home = Path(directory)
        home.chmod(0o755)
        write(home, "1_users", CREATE.format("users"), "DROP TABLE users;")
        project = rowkeep.Project(home, "embedded:18")
        assert len(project.up().done) == 1
        assert project.status().state.database == "app"
        assert (home / ".rowkeep" / "embedded" / "18").is_dir()
        assert len(project.down().done) == 1


def test_settings_are_checked(home: Path) -> None:
    with pytest.raises(rowkeep.Misused, match="no setting 'wait': did you mean wait_s") as misused:
        rowkeep.Project(home, wait=3)
    assert misused.value.code is rowkeep.ErrorCode.SETTING_INVALID
    with pytest.raises(rowkeep.Misused, match="lock_timeout_ms: it should be a whole number, and is a text"):
        rowkeep.Project(home, lock_timeout_ms="fast")
    with pytest.raises(rowkeep.Misused, match="no environment"):
        (home / "rowkeep.toml").write_text("[environments.staging]\nwait-s = 1\n", encoding="utf-8")
        rowkeep.Project(home, environment="production")
    assert rowkeep.Project(home, environment="staging").settings.wait_s == 1
    assert rowkeep.Project(home, environment="staging", wait_s=2).settings.wait_s == 2
    assert rowkeep.Project(home, schemas=("app", "public")).settings.history_schema == "app"
    assert rowkeep.Project(home, schemas=["app"], history_schema="public").settings.history_schema == "public"
    assert rowkeep.Project(home, end_orphan=True).settings.end_orphan


def test_lint_does_what_the_command_does(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    write(home, "1_users", CREATE.format("users"))
    project = rowkeep.Project(home)
    write(home, "2_index", "CREATE INDEX orders_id ON orders (id);")
    assert "index-blocks-writes" in {finding.rule for finding in project.lint(["migrations/2_index.sql"]).counting}
    assert project.lint().analyzed == 2
    assert project.lint(after="1_users").analyzed == 1
    assert not project.lint(ignore=["lock"]).refuses()
    shown = project.lint(fix="show")
    assert shown.fix is not None and "CONCURRENTLY" in shown.fix.files[0].new
    with pytest.raises(rowkeep.Misused) as misused:
        project.lint(fix="write")
    assert misused.value.code is rowkeep.ErrorCode.APPLIED_UNKNOWN
    assert "CONCURRENTLY" not in (home / "migrations" / "2_index.sql").read_text(encoding="utf-8")
    assert not project.lint("migrations/2_index.sql", fix="write").refuses()
    assert "CONCURRENTLY" in (home / "migrations" / "2_index.sql").read_text(encoding="utf-8")
    with pytest.raises(rowkeep.Misused, match="'show' or 'write'"):
        project.lint(fix="all")


def test_arguments_are_checked(home: Path) -> None:
    project = rowkeep.Project(home, "postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(rowkeep.Misused, match="cannot be negative"):
        project.up(-1)
    with pytest.raises(rowkeep.Misused, match="'again' or 'done'"):
        project.up(interrupted="maybe")
    with pytest.raises(rowkeep.Misused, match="'up', 'down' or 'redo'"):
        project.plan(action="sideways")
    with pytest.raises(rowkeep.Misused, match="accept_loss needs a reason"):
        project.deploy(accept_loss=["public.users"])
    with pytest.raises(rowkeep.Misused, match="at least 1"):
        project.history(last=0)


def test_nothing_is_guessed_and_no_password_is_lent(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, "1_users", CREATE.format("users"))
    with pytest.raises(rowkeep.Misused) as misused:
        rowkeep.Project(home).status()
    assert misused.value.code is rowkeep.ErrorCode.DATABASE_NOT_NAMED
    (home / "rowkeep.toml").write_text('database = "postgresql://app@127.0.0.1:1/x"\n', encoding="utf-8")
    monkeypatch.setenv("PGPASSWORD", "secret")
    with pytest.raises(rowkeep.Misused) as misused:
        rowkeep.Project(home).status()
    assert misused.value.code is rowkeep.ErrorCode.UNTRUSTED_DATABASE
    with pytest.raises(rowkeep.Unreachable):
        rowkeep.Project(home, "postgresql://app@127.0.0.1:1/x").status()


@pytest.mark.majors(18)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_library_of_version_0_1_still_works(database: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    write(home, "1_users", CREATE.format("users"))
    events: list[rowkeep.Event] = []
    settings = rowkeep.load({}, {})
    assert not rowkeep.lint(rowkeep.read(settings), settings).refuses()
    assert len(rowkeep.planned(settings, database, Request()).steps) == 1
    consent = rowkeep.Consent(confirm=rowkeep.named(name_of(database)))
    done = rowkeep.change(
        settings, database, Request(), lambda: RunMetadata("test"), tell=events.append, consent=consent
    )
    assert len(done.done) == 1 and events
    write(home, "2_orders", CREATE.format("orders"))
    deployed = rowkeep.deploy(
        settings,
        database,
        rowkeep.Wish(),
        lambda: RunMetadata("test"),
        approve=lambda plan: None,
        tell=events.append,
    )
    assert deployed.carried is not None and len(deployed.carried.done) == 1
