"""What `up` asks of a database that counts as production, and what it does not ask of others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rowkeep.domain.event import Event, Noted
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.plan import Request
from rowkeep.errors import Refused
from rowkeep.workflows.confirmation import Consent, require_named
from rowkeep.workflows.migrate import migrate

if TYPE_CHECKING:
    from conftest import Project

pytestmark = [pytest.mark.server, pytest.mark.majors(18)]


@pytest.fixture
def project(project: Project) -> Project:
    """One whose database counts as production."""
    project.production = True
    return project


ALLOW = "-- rowkeep: allow drop-table because nobody reads it\n"


def backups(project: Project) -> list[Path]:
    return sorted((project.root / "backups").glob("*.dump")) if (project.root / "backups").exists() else []


def database(project: Project) -> str:
    return str(project.sql("SELECT current_database()")[0])


def newest_run(project: Project) -> dict[str, Any]:
    details: dict[str, Any] = project.sql("SELECT details FROM rowkeep.run ORDER BY began_at DESC LIMIT 1")[0]
    return details


@pytest.mark.majors(14, 18)
def test_from_an_empty_database_to_a_table_that_goes(project: Project) -> None:
    """One history, one checkout: nothing is asked, lint stops what loses, so does the guard, and a backup is taken."""
    project.write("1_a", "CREATE TABLE a (id int PRIMARY KEY);\nINSERT INTO a VALUES (1), (2);")
    project.write("2_b", "CREATE TABLE b (id int);\nDROP TABLE b;")
    first = project.rowkeep("up")
    assert first.returncode == 0, f"an empty database has nothing to lose: {first.stderr}"
    assert newest_run(project)["counts_as"] == "production"
    project.write("3_c", "CREATE TABLE c (id int);")
    again = project.rowkeep("up")
    assert again.returncode == 0, f"this checkout has changed it before: {again.stderr}"
    assert backups(project) == [], "nothing could be lost so far"

    project.write("4_d", "DROP TABLE a;")
    refused = project.json("up")
    assert refused["exit_code"] == 1
    assert refused["error"]["what"] == "lint found 1 error"
    assert refused["error"]["where"]["path"].endswith("4_d.sql")
    assert refused["error"]["state"] == "unchanged"
    assert any("-- rowkeep: accept-loss public.a because REASON" in step for step in refused["error"]["next"])
    assert project.exists("a")

    project.write("4_d", f"{ALLOW}DROP TABLE a;")
    guarded = project.json("up", "--no-backup", "--because", "a test")
    assert (guarded["exit_code"], guarded["error"]["code"]) == (1, "data-loss"), "a rule is allowed, and not this loss"
    assert guarded["error"]["state"] == "rolled_back"
    assert project.exists("a")

    project.write("4_d", f"{ALLOW}-- rowkeep: accept-loss public.a because nobody reads it\nDROP TABLE a;")
    done = project.json("up")
    assert done["exit_code"] == 0, done["error"]
    assert not project.exists("a")
    assert len(backups(project)) == 1
    assert done["result"]["backup"] in backups(project)[0].name
    assert newest_run(project)["backup"] == done["result"]["backup"]


def test_lint_stops_errors_of_data_and_locks_only(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int PRIMARY KEY, old text);")
    project.write("2_b", "INSERT INTO a SELECT n, repeat('x', 100) FROM generate_series(1, 20000) AS n;")
    project.run()
    project.sql("ANALYZE a")
    project.write("3_c", "CREATE INDEX a_old ON a (old);")
    stopped = project.json("up")
    assert (stopped["exit_code"], stopped["error"]["what"]) == (1, "lint found 1 error"), "a lock"
    project.write("3_c", "ALTER TABLE a RENAME COLUMN old TO new;")
    renamed = project.rowkeep("up")
    assert renamed.returncode == 0, renamed.stderr
    assert "warning: " in renamed.stderr
    assert "3_c.sql" in renamed.stderr, "an error of compatibility is told"


def test_a_checkout_that_has_never_changed_it_is_asked_for_its_name_once(project: Project) -> None:
    name = database(project)
    project.sql("CREATE TABLE theirs (id int)")
    project.write("1_a", "CREATE TABLE a (id int);")
    refused = project.json("up")
    assert refused["exit_code"] == 1
    assert refused["error"]["what"].startswith(
        f"{name} counts as production (it has no mark); this checkout has never"
    )
    assert refused["error"]["next"][0] == f"rowkeep up --output-format json --confirm {name}"
    wrong = project.rowkeep("up", "--confirm", "another")
    assert wrong.returncode == 1
    assert f"next:  rowkeep up --confirm {name}\n" in wrong.stderr, "the right name, in place of the wrong one"
    assert not project.exists("a")
    by_npm = project.rowkeep("up", npm_lifecycle_event="migrate:up", npm_command="run-script")
    assert f"next:  npm run migrate:up -- --confirm {name}\n" in by_npm.stderr
    by_url = project.rowkeep("up", "--database", f"{project.conninfo} password=hush")
    assert f"next:  rowkeep up --database URL --confirm {name}\n" in by_url.stderr
    assert project.rowkeep("up", "--confirm", name).returncode == 0
    assert newest_run(project)["confirmed"] == name
    project.write("2_b", "CREATE TABLE b (id int);")
    assert project.rowkeep("up").returncode == 0, "once"
    assert "confirmed" not in newest_run(project)

    project.write("3_c", "CREATE TABLE c (id int);")
    elsewhere = {"XDG_STATE_HOME": str(project.root / "state")}
    assert project.rowkeep("up", **elsewhere).returncode == 1, "another person's checkout"
    nowhere = {"XDG_STATE_HOME": "/proc/rowkeep"}
    kept = project.rowkeep("up", "--confirm", name, **nowhere)
    assert kept.returncode == 0
    assert "the name will be asked for again" in kept.stderr
    assert project.rowkeep("up", **nowhere).returncode == 0, "nothing to do asks nothing"


def test_a_renamed_or_copied_database_is_another_one(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    project.run()
    name = database(project)
    project.write("2_b", "CREATE TABLE b (id int);")
    project.conninfo = project.conninfo.replace(f"dbname={name}", "dbname=copied").replace(f"/{name}", "/copied")
    admin = type(project)(project.root, project.conninfo.replace("copied", "postgres"), project.settings)
    admin.sql(f"CREATE DATABASE copied TEMPLATE {name}")
    assert project.rowkeep("up").returncode == 1
    assert project.names() == ["1_a"]


def test_development_is_quick_by_its_mark_and_by_the_environment(project: Project) -> None:
    name = database(project)
    project.sql("CREATE TABLE theirs (id int)")
    project.write("1_a", "DROP TABLE theirs;\nCREATE TABLE a (id int);")
    (project.root / ".env").write_text(f"ROWKEEP_DEVELOPMENT_DATABASE={name}\n")
    assert project.rowkeep("up").returncode == 1, "a file of the checkout cannot say so"
    (project.root / ".env").unlink()
    assert project.rowkeep("up", ROWKEEP_DEVELOPMENT_DATABASE="another").returncode == 1
    shown = project.rowkeep("environment", ROWKEEP_DEVELOPMENT_DATABASE=name)
    assert f"database {name} counts as development" in shown.stdout
    done = project.rowkeep("up", ROWKEEP_DEVELOPMENT_DATABASE=name)
    assert done.returncode == 0, done.stderr
    assert backups(project) == []
    assert newest_run(project)["counts_as"] == "development"
    assert project.rowkeep("environment", "mark", "production").returncode == 0
    project.write("2_b", "DROP TABLE a;")
    refused = project.rowkeep("up", ROWKEEP_DEVELOPMENT_DATABASE=name)
    assert refused.returncode == 1, "the mark wins"
    assert project.rowkeep("environment", "mark", "staging", "--confirm", name).returncode == 0
    done = project.rowkeep("up")
    assert done.returncode == 0, done.stderr
    assert len(backups(project)) == 1, "staging: a backup, no question"
    assert project.rowkeep("environment", "mark", "development").returncode == 0
    project.write("3_c", "CREATE TABLE c (id int);\nINSERT INTO c VALUES (1);")
    project.write("4_d", "DROP TABLE c;")
    assert project.rowkeep("up", "1").returncode == 0
    assert project.rowkeep("up").returncode == 0
    assert len(backups(project)) == 1


def test_what_belongs_to_others_is_judged_on_an_empty_database_too(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    project.write("2_b", "DROP DATABASE of_somebody_else;")
    refused = project.json("up")
    assert (refused["exit_code"], refused["error"]["what"]) == (1, "lint found 1 error")
    assert not project.exists("a")


@pytest.mark.parametrize(
    "made",
    [
        "CREATE TABLE t (id int)",
        "CREATE SCHEMA s; CREATE TABLE s.t (id int)",
        "CREATE TABLE t (id int) PARTITION BY RANGE (id)",
        "CREATE MATERIALIZED VIEW m AS SELECT 1 AS one",
        "CREATE SEQUENCE s",
        "SELECT lo_create(0)",
    ],
)
def test_whatever_holds_something_is_not_empty(project: Project, made: str) -> None:
    project.sql(made)
    project.write("1_a", "CREATE TABLE a (id int);")
    with pytest.raises(Refused, match="counts as production"):
        project.run()


def test_what_holds_no_row_of_its_own_is_empty(project: Project) -> None:
    project.sql(
        "CREATE SCHEMA s; CREATE VIEW v AS SELECT 1 AS one; CREATE TYPE mood AS ENUM ('calm'); "
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE EXTENSION pg_stat_statements"
    )
    project.write("1_a", "CREATE TABLE a (id int);")
    project.run()
    assert project.names() == ["1_a"]


def test_redo_passes_the_same_gate(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);")
    project.write("2_b", "CREATE TABLE b (id int);", "DROP TABLE b;")
    project.run()
    project.write("2_b", "CREATE TABLE b (id int);\nTRUNCATE a;", "DROP TABLE b;")
    refused = project.json(
        "redo", "--untested", "--accept", "2_b", "--confirm", database(project), "--no-backup", "--because", "a test"
    )
    assert (refused["exit_code"], refused["error"]["what"]) == (1, "lint found 1 error")
    assert project.exists("b")


def test_a_program_names_the_database_it_means(project: Project) -> None:
    """The library: nobody is there to be asked, so the consent says the name."""
    project.sql("CREATE TABLE theirs (id int)")
    project.write("1_a", "CREATE TABLE a (id int);")
    heard: list[Event] = []

    def up(consent: Consent) -> None:
        migrate(project.settings, project.conninfo, Request(), lambda: RunMetadata("app"), heard.append, consent)

    with pytest.raises(Refused, match="never changed"):
        up(Consent())
    with pytest.raises(Refused, match="never changed"):
        up(Consent(require_named("another")))
    up(Consent(require_named(database(project))))
    assert project.names() == ["1_a"]
    assert not [each for each in heard if isinstance(each, Noted) and each.warning]


def test_without_a_backup_only_for_a_reason(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);")
    project.run()
    project.write("2_b", "UPDATE a SET id = 2 WHERE id = 1;")
    assert project.rowkeep("up", "--no-backup").returncode == 2
    done = project.rowkeep("up", "--no-backup", "--because", "it is copied every night")
    assert done.returncode == 0, done.stderr
    assert backups(project) == []
    assert newest_run(project)["no_backup_because"] == "it is copied every night"
