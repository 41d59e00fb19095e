"""The guard beside the catalogue: what accepts a loss, where it refuses, and when it still sees."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import psycopg.conninfo
import pytest

from rowkeep.database.connection.session import connect
from rowkeep.database.store import environment
from rowkeep.domain.deploy.loss import LossKind
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Noted
from rowkeep.domain.history.environment import EnvironmentKind
from rowkeep.errors import Failed, HalfDone, Refused, Remains
from rowkeep.workflows.confirmation import Consent

if TYPE_CHECKING:
    from tests.support.project import Project

TABLES = "CREATE TABLE users (id int, name text); INSERT INTO users SELECT n, 'u' || n FROM generate_series(1, 50) n;"
CONSENT = Consent(lambda database, danger: None, backup=False, because="test")


@pytest.fixture
def staging(project: Project) -> Project:
    """A project whose database has users, and is marked as staging."""
    project.sql(TABLES)
    with connect(project.conninfo) as session:
        environment.mark_environment(session, EnvironmentKind.STAGING)
    return project


def refuse(project: Project, consent: Consent = CONSENT) -> Refused:
    with pytest.raises(Refused) as caught:
        project.run(consent=consent)
    assert caught.value.code is ErrorCode.DATA_LOSS
    assert caught.value.remains is Remains.ROLLED_BACK
    return caught.value


@pytest.mark.server
def test_the_refusal_names_table_rows_line_and_what_to_type(staging: Project) -> None:
    staging.write("1_a", "SELECT 1;\nDELETE FROM users WHERE id <= 20;")
    refused = refuse(staging)
    path = staging.migrations / "1_a.sql"
    assert refused.what == "1_a would lose data, so it was rolled back"
    assert str(refused.where) == f"{path}:3:1"
    assert refused.why == f"{path}:3:1: table public.users lost 20 rows"
    assert any("accept-loss public.users because REASON" in step for step in refused.instead)
    assert "rowkeep up --accept-loss public.users --because 'REASON'   (the same, for this run)" in refused.instead
    assert staging.sql("SELECT count(*) FROM users") == [50]
    assert staging.names() == []
    assert staging.sql(
        "SELECT count(*) FROM rowkeep.entry WHERE outcome = 'failed' AND message LIKE '%lost 20 rows%'"
    ) == [1]


@pytest.mark.server
def test_a_comment_in_the_file_with_a_reason_accepts_a_loss_by_name(staging: Project) -> None:
    staging.write("1_a", "-- rowkeep: accept-loss public.users\nDELETE FROM users;")
    refuse(staging)
    staging.write("1_a", "-- rowkeep: accept-loss public.other because it is old\nDELETE FROM users;")
    refuse(staging)
    staging.write("1_a", "-- rowkeep: accept-loss public.users because it is old\nDELETE FROM users;")
    result = staging.run(consent=CONSENT)
    assert [(loss.kind, loss.name, loss.count) for loss in result.losses] == [(LossKind.ROWS, "public.users", 50)]


@pytest.mark.server
def test_the_option_accepts_a_loss_and_the_ledger_has_the_reason(staging: Project) -> None:
    staging.write("1_a", "ALTER TABLE users DROP COLUMN name;")
    ended = staging.rowkeep("up", "--no-backup", "--accept-loss", "public.users.name")
    assert ended.returncode == 2
    ended = staging.rowkeep("up", "--accept-loss", "public.users.name", "--no-backup", "--because", "unused")
    assert ended.returncode == 0, ended.stderr
    kept = staging.sql("SELECT details->>'because', details->'accepted_losses' FROM rowkeep.run")
    assert kept == [("unused", ["public.users.name"])]
    assert "  accepted public.users.name: unused\n" in staging.rowkeep("history").stdout
    (entry,) = staging.json("history")["result"]["entries"]
    assert (entry["accepted"], entry["because"]) == (["public.users.name"], "unused")


@pytest.mark.server
def test_a_suppression_of_lint_accepts_no_loss(project: Project) -> None:
    project.production = True
    project.sql(TABLES)
    project.write("1_a", "DROP TABLE users; -- rowkeep: allow drop-table because nobody reads it")
    refused = refuse(project)
    assert "about 50 rows" in str(refused.why) or "table public.users is gone" in str(refused.why)


@pytest.mark.server
def test_a_development_database_is_warned(project: Project) -> None:
    project.sql(TABLES)
    project.write("1_a", "DELETE FROM users;")
    result = project.run()
    assert [loss.count for loss in result.losses] == [50]
    warnings = [event.message for event in project.events if isinstance(event, Noted) and event.warning]
    assert any("lost 50 rows; outside development the guard refuses this" in text for text in warnings)


@pytest.mark.server
def test_what_the_run_created_itself_is_not_lost(staging: Project) -> None:
    staging.write("1_a", "CREATE TABLE seeds (id int); INSERT INTO seeds VALUES (1), (2);")
    staging.write("2_b", "DELETE FROM seeds WHERE id = 1;")
    staging.write("3_c", "DROP TABLE seeds;")
    assert staging.run(consent=CONSENT).losses == ()


@pytest.mark.server
def test_what_has_the_name_of_a_new_table_is_not_new(staging: Project) -> None:
    """The run knows its own tables by number: not an older one of that name, and not one that takes the name."""
    staging.write("1_a", "CREATE SCHEMA other; SET LOCAL search_path = other; CREATE TABLE users (id int);")
    staging.write("2_b", "DELETE FROM public.users;")
    refuse(staging)
    staging.write("2_b", "CREATE TABLE archive (id int); DROP TABLE other.users;")
    staging.write("3_c", "DROP TABLE archive; ALTER TABLE users RENAME TO archive;")
    staging.write("4_d", "DROP TABLE archive;")
    assert "table public.archive is gone" in str(refuse(staging).why)


@pytest.mark.server
def test_where_postgresql_counts_no_rows_nothing_is_applied(staging: Project) -> None:
    database = psycopg.conninfo.conninfo_to_dict(staging.conninfo)["dbname"]
    staging.sql(f'ALTER DATABASE "{database}" SET track_counts = off')
    staging.write("1_a", "DELETE FROM users;")
    with pytest.raises(Failed) as caught:
        staging.run(consent=CONSENT)
    assert "track_counts is off" in str(caught.value.why)
    assert staging.sql("SELECT count(*) FROM users") == [50]


@pytest.mark.server
def test_rows_that_an_earlier_migration_changed_are_not_counted_again(staging: Project) -> None:
    staging.write("1_a", "-- rowkeep: accept-loss public.users because old\nDELETE FROM users WHERE id < 10;")
    staging.write("2_b", "UPDATE users SET name = name || '!';")
    staging.write("3_c", "INSERT INTO users VALUES (99, 'new');")
    result = staging.run(consent=CONSENT)
    assert [loss.name for loss in result.losses] == ["public.users"]


@pytest.mark.server
def test_an_empty_table_or_column_may_go(staging: Project) -> None:
    staging.sql("CREATE TABLE nothing (id int); ALTER TABLE users ADD COLUMN unused text")
    staging.write("1_a", "DROP TABLE nothing; ALTER TABLE users DROP COLUMN unused;")
    assert staging.run(consent=CONSENT).losses == ()


@pytest.mark.server
def test_a_statement_of_a_migration_without_a_transaction_is_rolled_back_alone(staging: Project) -> None:
    staging.write("1_a", "-- rowkeep: no-transaction\nCREATE INDEX CONCURRENTLY i ON users (id);\nDELETE FROM users;")
    with pytest.raises(HalfDone) as caught:
        staging.run(consent=CONSENT)
    assert caught.value.code is ErrorCode.DATA_LOSS
    assert staging.sql("SELECT count(*) FROM users") == [50]
    assert staging.exists("i")


@pytest.mark.server
def test_a_migration_in_python_is_guarded(staging: Project) -> None:
    path = staging.migrations / "1_a.py"
    path.write_text("def up(db):\n    db.execute('DELETE FROM users WHERE id > 45')\n")
    refused = refuse(staging)
    assert "table public.users lost 5 rows" in str(refused.why)
    path.write_text("# rowkeep: accept-loss public.users because old\n" + path.read_text())
    assert [loss.count for loss in staging.run(consent=CONSENT).losses] == [5]


@pytest.mark.server
def test_without_a_second_connection_the_catalog_is_read_before(staging: Project) -> None:
    """A role with CONNECTION LIMIT 1: every kind of loss is still seen, and harmless changes pass."""
    staging.sql(
        "CREATE ROLE single LOGIN CONNECTION LIMIT 1; GRANT ALL ON SCHEMA public TO single;"
        "ALTER TABLE users OWNER TO single; ALTER SCHEMA rowkeep OWNER TO single;"
        "CREATE TYPE mood AS ENUM ('good'); ALTER TYPE mood OWNER TO single;"
        "CREATE SEQUENCE numbers; SELECT setval('numbers', 700); ALTER SEQUENCE numbers OWNER TO single"
    )
    for (table,) in [
        (name,) for name in staging.sql("SELECT tablename::text FROM pg_tables WHERE schemaname = 'rowkeep'")
    ]:
        staging.sql(f"ALTER TABLE rowkeep.{table} OWNER TO single")
    staging.conninfo = psycopg.conninfo.make_conninfo(staging.conninfo, user="single")
    for text, name in (
        ("DELETE FROM users;", "public.users"),
        ("ALTER TABLE users DROP COLUMN name;", "public.users.name"),
        ("ALTER TYPE mood RENAME VALUE 'good' TO 'bad';", "public.mood.good"),
        ("DO $$ BEGIN DROP TABLE users; END $$;", "public.users"),
        ("SELECT setval('numbers', 3);", "public.numbers"),
    ):
        staging.write("1_a", text)
        refused = refuse(staging)
        assert f"accept-loss {name} because" in " ".join(refused.instead)
    staging.write(
        "1_a", "ALTER TABLE users ADD COLUMN x int; UPDATE users SET x = id; SELECT length(name) FROM users;"
    )
    assert staging.run(consent=CONSENT).losses == ()


@pytest.mark.server
def test_a_sequence_that_setval_moved_is_put_back(staging: Project) -> None:
    staging.sql("CREATE SEQUENCE numbers; SELECT setval('numbers', 700)")
    staging.write("1_a", "DO $$ BEGIN PERFORM setval('numbers', 3); END $$;")
    refuse(staging)
    assert staging.sql("SELECT last_value FROM numbers") == [700]


@pytest.mark.server
def test_what_another_session_removes_meanwhile_is_no_loss_of_the_migration(staging: Project) -> None:
    """It is in both pictures: before and after are read at the same time."""
    staging.sql("CREATE TYPE colour AS ENUM ('red', 'blue'); CREATE TABLE other (id int)")
    path: Path = staging.migrations / "1_a.py"
    path.write_text(
        "import psycopg\n"
        f"ADDRESS = {staging.conninfo!r}\n"
        "def up(db):\n"
        "    db.execute('UPDATE users SET name = name || $$!$$')\n"
        "    with psycopg.connect(ADDRESS, autocommit=True) as other:\n"
        "        other.execute('DROP TABLE other')\n"
        "        other.execute('DROP TYPE colour')\n"
    )
    assert all(
        loss.name not in ("public.other", "public.colour.red")
        for loss in staging.run(
            consent=Consent(CONSENT.confirm, backup=False, because="test", accepted=frozenset({"public.users"}))
        ).losses
    )


@pytest.mark.server
def test_a_name_of_the_database_cannot_forge_a_line(staging: Project) -> None:
    staging.sql('CREATE TABLE "a\n\x1b[31mstate: applied" AS SELECT 1 AS x')
    staging.write(
        "1_a", "DO $$ BEGIN EXECUTE 'DROP TABLE \"a' || chr(10) || chr(27) || '[31mstate: applied\"'; END $$;"
    )
    ended = staging.rowkeep("up", "--no-backup", "--because", "test")
    assert ended.returncode == 1
    assert "\x1b" not in ended.stderr
    assert not any(line.startswith("state: applied") for line in ended.stderr.splitlines())


@pytest.mark.server
@pytest.mark.parametrize(
    "name", ["a\nDROP TABLE users; --", "a because b", "'single'", '"double"', " lead", "a.b", "\u202egpj.x", "--help"]
)
def test_what_the_refusal_offers_for_a_strange_name_is_one_comment_and_accepts_it(staging: Project, name: str) -> None:
    quoted = name.replace('"', '""')
    staging.sql(f'CREATE TABLE "{quoted}" AS SELECT 1 AS x')
    staging.write("1_a", f'DELETE FROM "{quoted}";')
    offered = next(step for step in refuse(staging).instead if step.startswith("-- rowkeep: accept-loss"))
    comment = offered.rpartition("   (in ")[0]
    assert len(comment.splitlines()) == 1
    staging.write("1_a", f'{comment}\nDELETE FROM "{quoted}";')
    assert len(staging.run(consent=CONSENT).losses) == 1
    assert staging.exists("users")


@pytest.mark.server
def test_a_comment_in_a_string_or_a_body_accepts_nothing(staging: Project) -> None:
    comment = "-- rowkeep: accept-loss public.users because it is old"
    for text in (
        f"SELECT '\n{comment}\n'; DELETE FROM users;",
        f"DO $$ BEGIN\n{comment}\nDELETE FROM users; END $$;",
        f"/*\n{comment}\n*/ DELETE FROM users;",
    ):
        staging.write("1_a", text)
        refuse(staging)


@pytest.mark.server
def test_many_losses_are_counted_by_table_and_the_offered_command_accepts_all(staging: Project) -> None:
    columns = ", ".join(f"c{n} int DEFAULT {n}" for n in range(12))
    staging.sql(f"CREATE TABLE wide ({columns}); INSERT INTO wide DEFAULT VALUES; CREATE TABLE third AS SELECT 1 AS x")
    drops = ", ".join(f"DROP COLUMN c{n}" for n in range(12))
    staging.write("1_a", f"ALTER TABLE wide {drops}; DELETE FROM users; DROP TABLE third;")
    refused = refuse(staging)
    lines = str(refused.why).splitlines() if isinstance(refused.why, str) else list(refused.why)
    assert len(lines) == 11
    assert "(14 losses in all)" in lines[-1] and "public.wide" in lines[-1]
    command = next(step for step in refused.instead if step.startswith("rowkeep up"))
    words = shlex.split(command.partition("   (")[0].replace("'REASON'", "old"))[1:]
    assert sorted(words[2::2][:3]) == ["public.third", "public.users", "public.wide"]
    ended = staging.rowkeep(*words, "--no-backup")
    assert ended.returncode == 0, ended.stderr
    assert staging.sql("SELECT count(*) FROM users") == [0]


@pytest.mark.server
def test_a_loss_by_code_has_the_line_of_the_statement_that_called_it(staging: Project) -> None:
    staging.sql(
        "CREATE FUNCTION purge() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DELETE FROM users'; END $$;"
        "CREATE FUNCTION noop() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; END $$;"
    )
    name = "(SELECT max(tablename) FROM pg_tables WHERE tablename LIKE 'use%')"
    dynamic = f"DO $$ BEGIN EXECUTE 'DELETE FROM ' || {name}; END $$;"
    for text, line in (
        (f"CREATE TABLE a (id int);\n{dynamic}", 3),
        ("CREATE TABLE a (id int);\nSELECT purge();", 3),
        ("SELECT noop();\n\nDO $$ BEGIN EXECUTE 'DELETE FROM users'; END $$;", 4),
    ):
        staging.write("1_a", text)
        refused = refuse(staging)
        assert f"1_a.sql:{line}:" in str(refused.where), text
    staging.write("1_a", f"SELECT noop();\n{dynamic}")
    assert ":" not in str(refuse(staging).where).partition(".sql")[2]


DEFERRED = """
CREATE SCHEMA app; CREATE TABLE app.parent (id int PRIMARY KEY); CREATE TABLE app.log (text text);
CREATE TABLE app.child (id int PRIMARY KEY, parent int REFERENCES app.parent DEFERRABLE INITIALLY DEFERRED);
CREATE FUNCTION app.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO log VALUES (current_setting('search_path')); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER note AFTER INSERT ON app.parent DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION app.note();
"""


@pytest.mark.server
def test_deferred_triggers_run_under_the_settings_of_the_migration(staging: Project) -> None:
    staging.sql(DEFERRED)
    staging.write("1_a", "SET LOCAL search_path = app; INSERT INTO parent VALUES (1);")
    staging.write("2_b", "-- rowkeep: no-transaction\nSET search_path = app;\nINSERT INTO parent VALUES (2);")
    path = staging.migrations / "3_c.py"
    path.write_text(
        "def up(db):\n    db.execute('SET search_path = app')\n    db.execute('INSERT INTO parent VALUES (3)')\n"
    )
    staging.run(consent=CONSENT)
    assert staging.sql("SELECT text FROM app.log") == ["app", "app", "app"]


@pytest.mark.server
def test_the_error_of_a_deferred_constraint_has_a_line(staging: Project) -> None:
    staging.sql(DEFERRED)
    staging.write("1_a", "INSERT INTO users VALUES (99, 'x');\nINSERT INTO app.child VALUES (1, 7);\nSELECT 1;")
    with pytest.raises(Failed) as caught:
        staging.run(consent=CONSENT)
    assert str(caught.value.where).endswith("1_a.sql:3:1")
    assert 'violates foreign key constraint "child_parent_fkey"' in str(caught.value.why)
    assert staging.sql("SELECT count(*) FROM users") == [50]


@pytest.mark.server
def test_a_down_that_fails_at_a_deferred_constraint_says_nothing_else(staging: Project) -> None:
    staging.sql(DEFERRED.partition("CREATE FUNCTION")[0])
    staging.write("1_a", "INSERT INTO app.parent VALUES (7);", "DELETE FROM app.parent;")
    staging.run(consent=CONSENT)
    staging.sql("INSERT INTO app.child VALUES (1, 7)")
    ended = staging.rowkeep("down", "--no-backup", "--because", "test")
    assert ended.returncode == 5, ended.stderr
    assert "violates foreign key constraint" in ended.stderr
    assert "no transaction" not in ended.stderr
    assert staging.sql("SELECT count(*) FROM app.parent") == [1]


@pytest.mark.server
def test_in_a_redo_constraints_are_deferred_again_for_the_second_part(staging: Project) -> None:
    """Its down and up part are one transaction."""
    staging.sql(DEFERRED)
    up = "SET LOCAL search_path = app; INSERT INTO child VALUES (1, 7);\nINSERT INTO parent VALUES (7);"
    staging.write("1_a", up, "DELETE FROM app.child; DELETE FROM app.parent;")
    staging.run(consent=CONSENT)
    ended = staging.rowkeep("redo", "--no-backup", "--because", "test")
    assert ended.returncode == 0, ended.stderr
    assert "no transaction" not in ended.stderr
    assert staging.sql("SELECT count(*) FROM app.parent") == [1]


@pytest.mark.server
def test_one_consent_by_name_answers_lint_and_guard(project: Project) -> None:
    project.production = True
    project.sql(TABLES + "CREATE TABLE other AS SELECT 1 AS x; CREATE TABLE keep AS SELECT 1 AS x")
    project.sql("CREATE VIEW kept AS SELECT x FROM keep")
    project.write("1_a", "DROP TABLE users; -- rowkeep: accept-loss public.users because nobody reads it")
    assert [loss.name for loss in project.run(consent=CONSENT).losses] == ["public.users"]
    project.write("2_b", "DROP TABLE other;")
    with pytest.raises(Refused) as caught:
        project.run(consent=CONSENT)
    assert caught.value.code is ErrorCode.LINT_ERRORS
    assert any(step.startswith("-- rowkeep: accept-loss public.other because") for step in caught.value.instead)
    accepted = replace(CONSENT, accepted=frozenset({"public.other"}))
    assert [loss.name for loss in project.run(consent=accepted).losses] == ["public.other"]
    # Another object of that name, and more than the name says, are not answered by it.
    project.write("3_c", "-- rowkeep: accept-loss elsewhere.keep because old\nDROP TABLE keep;")
    with pytest.raises(Refused) as caught:
        project.run(consent=CONSENT)
    assert caught.value.code is ErrorCode.LINT_ERRORS
    project.write("3_c", "-- rowkeep: accept-loss public.keep because old\nDROP TABLE keep CASCADE;")
    with pytest.raises(Refused) as caught:
        project.run(consent=CONSENT)
    assert caught.value.code is ErrorCode.LINT_ERRORS and "cascade" in str(caught.value.why).lower()
