"""`drift` and `create --to`: what was changed by hand, and the migrations that are written from differences."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from tests.support.project import Project

from rowkeep.domain.deploy.structure_change import DriftReport, WrittenMigration
from rowkeep.domain.plan import Action
from rowkeep.errors import Misused, Refused
from rowkeep.structure.sql import ChangeVerb, ObjectChange
from rowkeep.workflows.drift.compose_migration import compose_part, make_repeatable_text
from rowkeep.workflows.drift.create_from_structure import WantedStructure, create_from_structure, read_rename
from rowkeep.workflows.drift.find_drift import DriftRequest, find_drift

MAJORS = pytest.mark.majors(14, 18)
pytestmark = pytest.mark.server

UP = """\
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mail text, age integer);
CREATE VIEW mails AS SELECT id, mail FROM users;"""
DOWN = "DROP VIEW mails; DROP TABLE users;"
BY_HAND = (
    "ALTER TABLE users ADD COLUMN phone text",
    "CREATE INDEX users_phone ON users (phone)",
    "ALTER TABLE users ADD CONSTRAINT adult CHECK (age >= 18)",
    "CREATE OR REPLACE VIEW mails AS SELECT id, mail, phone FROM users",
    "CREATE TYPE mood AS ENUM ('sad', 'it''s ok')",
    "CREATE FUNCTION latest() RETURNS bigint LANGUAGE sql AS 'SELECT max(id) FROM public.users'",
)


def execute(conninfo: str, *statements: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def drift(project: Project, **request: object) -> DriftReport:
    return find_drift(project.settings, project.conninfo, DriftRequest(**request), lambda event: None)  # type: ignore[arg-type]


def create(project: Project, sql: str, **wanted: object) -> WrittenMigration | None:
    (project.root / "schema.sql").write_text(sql)
    to = WantedStructure(("wanted",), str(project.root / "schema.sql"), **wanted)  # type: ignore[arg-type]
    return create_from_structure(project.settings, to, lambda event: None)


def forget(written: WrittenMigration) -> None:
    for path in written.paths:
        Path(path).unlink()


def named(report: DriftReport) -> set[str]:
    return {f"{difference.change.value} {difference.kind} {difference.identity}" for difference in report.differences}


@MAJORS
def test_what_was_changed_by_hand_is_undone_and_adopted(project: Project) -> None:
    project.write("1_first", UP, DOWN)
    project.run()
    assert named(drift(project)) == set()
    execute(project.conninfo, *BY_HAND)
    report = drift(project)
    assert named(report) == {
        "unexpected column public.users.phone",
        "unexpected column public.mails.phone",
        "unexpected index public.users_phone",
        "unexpected constraint public.users.adult",
        "different view definition public.mails",
        "unexpected enum public.mood",
        "unexpected function public.latest()",
    }
    assert (report.written, report.at) == (None, "")

    careful = drift(project, undo=("careful",)).written
    assert careful is not None
    assert careful.drops == ("ALTER TABLE public.users DROP COLUMN phone",)
    assert "-- ALTER TABLE public.users DROP COLUMN phone;" in Path(careful.paths[0]).read_text()
    forget(careful)

    undone = drift(project, undo=("take", "back"), allow_drops=True).written
    assert undone is not None
    assert (undone.drops, undone.repeatable) == ((), True)
    project.run()
    assert named(drift(project)) == set()

    execute(project.conninfo, *BY_HAND)
    adopted = drift(project, adopt=("phone",)).written
    assert adopted is not None
    names = [Path(path).stem for path in adopted.paths]
    assert names[0].endswith("_phone")
    assert project.rowkeep("mark", "applied", *names, "--because", "by hand").returncode == 0
    # Now the migrations, run on a throw-away server, make what was made by hand.
    assert named(drift(project)) == set()
    assert project.rowkeep("drift").returncode == 0


@pytest.mark.majors(18)
def test_the_ledger_says_since_when_and_an_adoption_of_an_index_may_run_where_it_is(project: Project) -> None:
    project.write("1_first", UP, DOWN)
    project.run()
    assert project.rowkeep("verify", "--accept", "as it is").returncode == 0
    execute(project.conninfo, "CREATE INDEX users_mail ON users (mail)", "GRANT SELECT ON users TO pg_monitor")
    report = drift(project, adopt=("index",))
    assert report.source == "accepted: as it is"
    assert report.at != ""
    assert named(report) == {"unexpected index public.users_mail", "different table grant public.users"}
    assert report.written is not None
    assert report.written.repeatable is True
    project.run()
    assert named(drift(project, against="migrations")) == set()


@pytest.mark.majors(18)
def test_the_command_exits_1_on_drift_and_shows_it_as_json(project: Project) -> None:
    project.write("1_first", UP, DOWN)
    project.run()
    execute(project.conninfo, "ALTER TABLE users ADD COLUMN phone text")
    found = project.rowkeep("drift", "--output-format", "json")
    assert found.returncode == 1
    document = json.loads(found.stdout)["result"]
    assert [difference["identity"] for difference in document["differences"]] == ["public.users.phone"]
    assert document["written"] is None
    shown = project.rowkeep("drift", "--adopt", "phone of users")
    assert shown.returncode == 0, shown.stderr
    [path] = sorted(project.migrations.glob("*phone-of-users.sql"))
    assert "ADD COLUMN IF NOT EXISTS phone text" in path.read_text()
    assert f"rowkeep mark applied {path.stem} --because" in shown.stdout
    assert project.rowkeep("drift", "--adopt", "a", "--undo", "b").returncode == 2


@MAJORS
def test_a_wanted_structure_becomes_a_migration(project: Project) -> None:
    project.write("1_first", UP, DOWN)
    wanted = """
        CREATE TABLE public.users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL);
        CREATE VIEW public.mails AS SELECT id, email AS mail FROM public.users;
        CREATE TABLE public.notes (id serial PRIMARY KEY, user_id bigint REFERENCES public.users, text text);
        CREATE INDEX users_email ON public.users (lower(email));
        CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM public.notes $$;
        COMMENT ON TABLE public.notes IS E'$$ \\! id\n-- Down Migration\n';
    """
    with pytest.raises(Refused, match="marker"):
        create(project, wanted)
    wanted = wanted.replace("Down Migration", "down")
    major = int(psycopg.connect(project.conninfo).info.server_version / 10000)
    first = create(project, wanted, renames=("public.users.mail=email",), major=major)
    assert first is not None
    assert first.drops == ("ALTER TABLE public.users DROP COLUMN age",)
    forget(first)
    whole = create(project, wanted, renames=("public.users.mail=email",), allow_drops=True, major=major)
    assert whole is not None
    texts = "\n".join(Path(path).read_text() for path in whole.paths)
    assert "RENAME COLUMN mail TO email" in texts
    assert "CREATE INDEX CONCURRENTLY" in texts
    assert create(project, wanted, major=major) is None
    project.run()
    assert named(drift(project, against=str(project.root / "schema.sql"))) == set()
    project.run(Action.DOWN, count=len(whole.paths) + 1)


@pytest.mark.majors(18)
def test_another_database_is_a_wanted_structure_and_its_password_is_not_shown(project: Project) -> None:
    project.write("1_first", UP, DOWN)
    project.run()
    execute(project.conninfo, "ALTER TABLE users ALTER COLUMN age TYPE bigint")
    made = project.rowkeep("create", "wider", "--to", f"{project.conninfo} password=hunter2")
    assert made.returncode == 0, made.stderr
    assert "hunter2" not in made.stdout + made.stderr
    [path] = sorted(project.migrations.glob("*wider.sql"))
    assert "hunter2" not in path.read_text()
    assert "ALTER TABLE public.users ALTER COLUMN age TYPE bigint" in path.read_text()


@pytest.mark.majors(18)
def test_what_cannot_be_written_is_refused_with_its_name_and_no_file_is_left(project: Project) -> None:
    project.write("1_first", "CREATE DOMAIN zip AS text;", "DROP DOMAIN zip;")
    with pytest.raises(Refused) as refused:
        create(project, "CREATE DOMAIN public.zip AS integer;", major=18)
    assert "domain public.zip" in str(refused.value.why)
    assert [path.name for path in project.migrations.iterdir()] == ["1_first.sql"]


@pytest.mark.majors(18)
def test_a_login_trigger_of_a_schema_file_runs_with_nobody_s_powers(project: Project) -> None:
    """Every session that we open as a superuser on the throw-away server would run it."""
    project.write("1_first", "CREATE TABLE a (id int);", "DROP TABLE a;")
    with pytest.raises(Refused) as refused:
        create(
            project,
            "CREATE TABLE public.a (id int);\n"
            "CREATE FUNCTION public.f() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN\n"
            "IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN RAISE EXCEPTION 'I have powers';\n"
            "END IF; END $$;\n"
            "CREATE EVENT TRIGGER e ON login EXECUTE FUNCTION public.f();\n"
            "ALTER EVENT TRIGGER e ENABLE ALWAYS;",
            major=18,
        )
    # The role that migrates may not create it, and nothing before that failed.
    assert refused.value.sqlstate == "42501" and "permission denied to create event trigger" in str(refused.value.why)


def test_a_rename_is_read_and_quoted() -> None:
    assert read_rename("shop.users=people")[0] == "ALTER TABLE shop.users RENAME TO people"
    assert read_rename('shop.users.a"b=New')[1] == 'ALTER TABLE shop.users RENAME COLUMN "New" TO "a""b"'
    with pytest.raises(Misused):
        read_rename("users=people")


def test_a_name_with_a_line_of_its_own_stays_in_the_comment_of_its_drop() -> None:
    change = ObjectChange(
        ChangeVerb.DROP, "table", "x", ('DROP TABLE "a\n-- Down Migration\nDROP TABLE users"',), True
    )
    text, count, drops = compose_part([change], allow_drops=False)
    assert count == 0
    assert len(text.splitlines()) == 2
    assert all(line.startswith("-- ") for line in text.splitlines())
    assert drops == ('DROP TABLE "a -- Down Migration DROP TABLE users"',)


def test_statements_take_the_words_with_which_they_may_run_again() -> None:
    assert make_repeatable_text("CREATE UNIQUE INDEX a ON b (c)") == "CREATE UNIQUE INDEX IF NOT EXISTS a ON b (c)"
    assert make_repeatable_text('ALTER TABLE "a b" ADD COLUMN c int') == (
        'ALTER TABLE "a b" ADD COLUMN IF NOT EXISTS c int'
    )
    assert make_repeatable_text("DROP TABLE a") == "DROP TABLE IF EXISTS a"
    assert make_repeatable_text("DROP OPERATOR CLASS a USING btree") == "DROP OPERATOR CLASS a USING btree"
    assert make_repeatable_text("CREATE POLICY a ON b") == "CREATE POLICY a ON b"
