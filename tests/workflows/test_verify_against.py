"""`verify --against` as it is typed: sources, exit codes, JSON, and what is said."""

from __future__ import annotations

import psycopg
import psycopg.conninfo
import pytest
from tests.support.project import Project

import rowkeep
from rowkeep.errors import Misused

pytestmark = pytest.mark.server

WRONG = (
    (("nonsense",), 2, "--against names no source"),
    (("nowhere.sql",), 2, "the schema file does not exist"),
    (("schema",), 2, "no schema file is configured"),
    (("rehearsal",), 2, "no deploy has recorded a structure"),
    (("backup",), 2, "there is no backup 'latest'"),
    (("backup:x",), 2, "there is no backup 'x'"),
    (("postgresql://u:secret@127.0.0.1:1/x",), 3, "cannot connect to the database"),
    (("postgresql://u:sec%ret@127.0.0.1:1/x",), 2, "the database's address cannot be read"),
    (("planted.sql",), 2, "a psql command is not run"),
    (("migrations", "--accept", "so"), 2, "--against does not go together with"),
    (("migrations", "--expected", "x"), 2, "--against does not go together with"),
)


@pytest.mark.majors(18)
def test_sources_that_are_none(project: Project) -> None:
    (project.root / "planted.sql").write_text("\\! touch planted\n")
    for words, code, message in WRONG:
        done = project.rowkeep("verify", "--against", *words)
        assert (done.returncode, message in done.stderr) == (code, True), (words, done.stderr)
        assert "secret" not in done.stdout + done.stderr and "sec%ret" not in done.stdout + done.stderr
    assert not (project.root / "planted").exists()


@pytest.mark.majors(14, 18)
def test_several_sources_at_once(project: Project) -> None:
    project.write("1_people", "CREATE TABLE people (id bigint PRIMARY KEY, name text);")
    project.run()
    assert project.rowkeep("schema", "dump", "--output", "schema.sql").returncode == 0
    other = f"{project.name}_other"
    project.sql(f'CREATE DATABASE "{other}" TEMPLATE template0')
    url = psycopg.conninfo.make_conninfo(project.conninfo, dbname=other)
    try:
        words = ("verify", "--against", "schema.sql", "--against", "migrations", "--against", url)
        done = project.rowkeep(*words)
        assert done.returncode == 1
        same = ("is the same as in schema.sql", "is the same as in 1 migration, run on an empty database")
        assert all(text in done.stdout for text in same)
        assert "is not the same as in host=" in done.stdout and "table public.people (with 2 columns" in done.stdout
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE people (id bigint PRIMARY KEY, name text)")
        assert project.rowkeep(*words).returncode == 0

        project.sql("ALTER TABLE people ALTER COLUMN name SET DEFAULT 'nobody'")
        document = project.json(*words)
        assert document["exit_code"] == 1
        found = document["result"]["against"]
        assert [one["source"].split("=")[0] for one in found] == [
            "schema.sql",
            "1 migration, run on an empty database",
            "host",
        ]
        change = {
            "change": "different",
            "kind": "column",
            "identity": "public.people.name",
            "expected": "text",
            "found": "text\ndefault 'nobody'::text",
        }
        assert [(one["same"], one["differences"]) for one in found] == [(False, [change])] * 3
        # The library says the same.
        library = rowkeep.Project(project.root, project.conninfo)
        result = library.verify(against="schema.sql")
        assert not result.ok and [len(one.differences) for one in result.comparisons] == [1]
        assert "DEFAULT 'nobody'::text" in library.dump_schema()
        with pytest.raises(Misused, match="names no source"):
            library.verify(against=["nonsense"])
    finally:
        project.sql(f'DROP DATABASE "{other}"')
