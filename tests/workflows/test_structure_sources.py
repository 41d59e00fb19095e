"""Structures from every source: a schema file, the migrations, another database, a backup, the ledger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import psycopg.conninfo
import pytest
from tests.structure.test_fingerprint import fill
from tests.support.project import Project

from rowkeep.backup.structure_dump import dump_structure
from rowkeep.database.catalog import fingerprint
from rowkeep.database.catalog.read_server_model import read_server_model
from rowkeep.database.connection.session import connect
from rowkeep.domain.frozen import replace
from rowkeep.domain.schema.structure import Structure
from rowkeep.domain.schema.structure_source import (
    BackupSource,
    DatabaseSource,
    LedgerSource,
    MigrationsSource,
    SchemaFileSource,
    SourcedStructure,
)
from rowkeep.errors import Misused, ProgramMissing, Refused, RowkeepError, Unparsable
from rowkeep.files.project.schema_file import read_schema_file
from rowkeep.knowledge.program_locations import SERVER
from rowkeep.programs import obtain_programs
from rowkeep.scratch import start_server
from rowkeep.structure.from_source import compare_with_source
from rowkeep.workflows.verification.structure_sources import StructureSources, open_sources

MAJORS = pytest.mark.majors(14, 18)
pytestmark = pytest.mark.server
HISTORY = ("public", "pgmigrations")


@contextmanager
def sources_of(project: Project) -> Iterator[StructureSources]:
    with connect(project.conninfo) as session:
        model = read_server_model(session)
    with open_sources(project.settings, project.conninfo, model, lambda event: None) as sources:
        yield sources


def read(conninfo: str) -> Structure:
    with connect(conninfo) as session:
        return fingerprint.read_structure(session)


def dump(conninfo: str, *arguments: str) -> str:
    with connect(conninfo) as session:
        return dump_structure(session, conninfo, obtain_programs(session.major), arguments)


def describe(sourced: SourcedStructure, present: Structure, rights: bool | None = None) -> list[str]:
    differences = compare_with_source(sourced, present, history=HISTORY, rights=rights)
    return [f"{one.change.value} {one.kind} {one.identity}" for one in differences]


@MAJORS
def test_a_dump_of_nearly_everything_builds_the_same_structure(project: Project) -> None:
    fill(project.conninfo)
    file = project.root / "schema.sql"
    whole = dump(project.conninfo)
    assert "\\restrict" in whole
    with sources_of(project) as sources:
        file.write_text(whole)
        present = read(project.conninfo)
        built = sources.build(SchemaFileSource(str(file)))
        assert (built.sourced.owners, built.sourced.grants, built.sourced.notes) == (True, True, ())
        assert describe(built.sourced, present) == []

        file.write_text(dump(project.conninfo, "--no-owner", "--no-privileges"))
        bare = sources.read(SchemaFileSource(str(file)))
        assert (bare.owners, bare.grants) == (False, False)
        assert bare.notes == (f"{file} contains no owners and no grants: they are not compared",)
        assert describe(bare, present) == []
        assert any("owner" in one.definition for one in bare.structure.items)

        copied = sources.build(DatabaseSource(project.conninfo, "production"))
        assert describe(copied.sourced, present) == []
        assert describe(sources.read(DatabaseSource(built.conninfo, "file")), present) == []

        # What is changed by hand is named; what was never dumped (roles, settings) is not.
        project.sql("ALTER TABLE app.users ADD COLUMN by_hand text")
        project.sql("GRANT DELETE ON app.users TO shop_rw")
        project.sql("ALTER TABLE app.animals OWNER TO shop_rw")
        project.sql("ALTER ROLE shop_rw SET search_path = app")
        present = read(project.conninfo)
        by_hand = ["unexpected column app.users.by_hand", "different column order app.users"]
        grants = ["different table grant app.users"]
        assert describe(bare, present) == by_hand
        assert set(by_hand + grants) < set(describe(built.sourced, present))
        assert "different table app.animals" in describe(built.sourced, present)
        assert describe(built.sourced, present, rights=False) == by_hand


@pytest.mark.majors(18)
def test_sources_of_another_major(project: Project) -> None:
    fill(project.conninfo)
    present = read(project.conninfo)
    file = project.root / "schema.sql"
    with start_server(obtain_programs(14, SERVER)) as older, sources_of(project) as sources:
        fill(older.conninfo())
        file.write_text(dump(older.conninfo()))
        source = DatabaseSource(older.conninfo(), "older")
        for sourced in (
            sources.read(source),
            sources.build(source).sourced,
            sources.read(SchemaFileSource(str(file))),
        ):
            assert describe(sourced, present) == [], sourced.name


@MAJORS
def test_the_migrations_are_run_as_in_production(project: Project) -> None:
    project.sql("CREATE EXTENSION citext")
    project.write("1_people", "CREATE TABLE people (id bigserial PRIMARY KEY, email citext NOT NULL);")
    project.write("2_view", "CREATE VIEW emails AS SELECT email FROM people;")
    project.run()
    project.write("3_pending", "ALTER TABLE people ADD COLUMN later text;")
    with sources_of(project) as sources:
        applied = sources.build(MigrationsSource(frozenset({"1_people", "2_view"})))
        sourced = applied.sourced
        assert sourced.name == "2 migrations, run on an empty database"
        assert sourced.notes == (
            "the extension citext was created before the migrations, as production has it",
            "the migrations set no owners and no grants: they are not compared",
        )
        assert (sourced.owners, sourced.grants) == (False, False)
        # No migration creates it: somebody did by hand.
        by_hand = ["unexpected comment extension citext", "unexpected extension citext"]
        assert describe(sourced, read(project.conninfo)) == by_hand
        with psycopg.connect(applied.conninfo, user=applied.owner) as connection:
            assert connection.execute("SELECT name FROM pgmigrations ORDER BY id").fetchall() == [
                ("1_people",),
                ("2_view",),
            ]
        pending = ["missing column public.people.later", "different column order public.people"]
        found = describe(sources.read(MigrationsSource()), read(project.conninfo))
        assert sorted(found) == sorted([*pending, *by_hand])

        project.write("3_pending", "ALTER TABLE nowhere ADD COLUMN later text;")
        with pytest.raises(RowkeepError) as failed:
            sources.read(MigrationsSource())
        assert 'relation "nowhere" does not exist' in str(failed.value)
        assert "throw-away server" in (failed.value.remains_detail or "")
        project.write("3_pending", "COPY people FROM PROGRAM 'id';")
        with pytest.raises(Refused, match="3_pending needs a program of the database server"):
            sources.read(MigrationsSource())


@pytest.mark.majors(18)
def test_migrations_of_a_role_without_powers(project: Project) -> None:
    """What a superuser prepared in production is prepared for the replay, too."""
    project.sql('CREATE ROLE "plain role" LOGIN')
    project.sql("CREATE ROLE app")
    project.sql("CREATE SCHEMA ext")
    project.sql("CREATE EXTENSION postgres_fdw SCHEMA ext")
    project.sql('GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO "plain role"')
    project.sql(f'GRANT CREATE ON DATABASE {project.name} TO "plain role"')
    project.sql('GRANT CREATE ON SCHEMA public TO "plain role"')
    project.write(
        "1_far",
        "CREATE EXTENSION IF NOT EXISTS postgres_fdw;"
        "CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'nowhere');"
        "CREATE FOREIGN TABLE f (id int) SERVER far; GRANT SELECT ON f TO app;",
    )
    conninfo = psycopg.conninfo.make_conninfo(project.conninfo, user="plain role")
    assert project.rowkeep("up", DATABASE_URL=conninfo).returncode == 0
    done = project.rowkeep("verify", "--against", "migrations", "--no-rights", "--no-smoke", DATABASE_URL=conninfo)
    assert done.returncode == 1 and "1 difference: 1 unexpected" in done.stdout, done.stdout + done.stderr
    assert "schema ext" in done.stdout
    # The grant by hand shows where rights are compared, as the migrations grant something.
    done = project.rowkeep("verify", "--against", "migrations", "--no-smoke", DATABASE_URL=conninfo)
    assert done.returncode == 1 and "schema grant public" in done.stdout


@MAJORS
def test_a_backup_and_the_ledger(project: Project) -> None:
    project.write("1_people", "CREATE TABLE people (id bigint PRIMARY KEY);")
    with sources_of(project) as sources, pytest.raises(Misused, match="no deploy has recorded a structure"):
        sources.read(LedgerSource())
    assert project.rowkeep("deploy", "--yes").returncode == 0
    project.settings = replace(project.settings, backups_dir=str(project.root / "backups"))
    with sources_of(project) as sources:
        present = read(project.conninfo)
        recorded = sources.read(LedgerSource())
        assert recorded.whole and describe(recorded, present) == []
        before = sources.read(BackupSource())
        assert before.whole and before.name.startswith("backup ")
        # The backup of a deploy is from before it.
        assert "unexpected table public.people" in describe(before, present)
        built = sources.build(BackupSource())
        assert not built.sourced.whole
        assert "unexpected table public.people" in describe(built.sourced, present)
        with pytest.raises(Misused, match="cannot be built"):
            sources.build(LedgerSource())


REFUSED_BY_THE_SERVER = (
    (
        "CREATE TABLE a (id int);\nDO $$ BEGIN COPY a FROM PROGRAM 'id'; END $$;",
        "2:1: (permission denied|must be superuser)",
    ),
    ("DO $$ BEGIN PERFORM pg_read_file('/etc/passwd'); END $$;", "1:1: (permission denied|must be superuser)"),
    ("DO $$ BEGIN CREATE ROLE planted SUPERUSER; END $$;", "1:1: (permission denied|must be superuser)"),
    ("CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'a', 'b';", "1:1: permission denied for language c"),
    ("CREATE TABLE a (id nowhere);", '1:1: type "nowhere" does not exist'),
    ("CREATE TABLE a (id int);\n\nCREATE TABLE a (id int);", '3:1: relation "a" already exists'),
)


@MAJORS
def test_a_schema_file_has_no_powers(project: Project) -> None:
    file = project.root / "schema.sql"
    with sources_of(project) as sources:
        for text, message in REFUSED_BY_THE_SERVER:
            file.write_text(text)
            with pytest.raises(Unparsable) as refused:
                sources.read(SchemaFileSource(str(file)))
            assert re.search(message, f"{refused.value.where}: {refused.value.why}".split("schema.sql:")[1]), text
        file.write_text("CREATE EXTENSION nowhere;")
        with pytest.raises(ProgramMissing, match="cannot create the extension nowhere"):
            sources.read(SchemaFileSource(str(file)))
        # Its event triggers and functions exist, and nobody with powers runs them.
        file.write_text(
            "CREATE FUNCTION public.f() RETURNS event_trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'I ran as %', current_user; END $$;\n"
            "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION public.f();\n"
            "ALTER EVENT TRIGGER e ENABLE ALWAYS;\nCREATE TABLE later (id int);\nALTER TABLE later OWNER TO postgres;"
        )
        found = sources.read(SchemaFileSource(str(file))).structure
        assert {"event trigger", "table"} <= {one.kind for one in found.items}
        assert ("table", "public.later") in {(one.kind, one.identity) for one in found.items}


def test_a_schema_file_is_no_link_out_of_the_project(tmp_path: Path) -> None:
    """A message shows the line that it is about: whoever changes the checkout would read any file."""
    (tmp_path / "secret").write_text("hunter2")
    checkout = tmp_path / "checkout"
    (checkout / ".git").mkdir(parents=True)
    link = checkout / "schema.sql"
    link.symlink_to(tmp_path / "secret")
    with pytest.raises(Misused) as refused:
        read_schema_file(str(link))
    assert refused.value.why == "it is a link to a file outside the project"
    link.unlink()
    (checkout / "real.sql").write_text("SELECT 1")
    link.symlink_to("real.sql")
    assert read_schema_file(str(link)).text == "SELECT 1"
