"""The schema file: written by `schema dump` and after every run, equal wherever the structure is equal."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.structure.test_fingerprint import fill
from tests.support.project import Project

from rowkeep.domain.schema.schema_file import HEADER
from rowkeep.workflows.verification.dump_schema import dump_schema

MAJORS = pytest.mark.majors(14, 18)
pytestmark = pytest.mark.server


def configure(project: Project, *lines: str) -> Path:
    (project.root / "rowkeep.toml").write_text("\n".join(['schema-file = "migrations/schema.sql"', *lines]) + "\n")
    return project.migrations / "schema.sql"


@MAJORS
def test_nearly_everything_goes_through_the_file_and_back(project: Project) -> None:
    file = configure(project)
    fill(project.conninfo)
    project.write("1_a", "CREATE TABLE public.a (id bigint PRIMARY KEY);")
    assert project.rowkeep("up").returncode == 0
    text = file.read_text()
    assert "OWNER TO" not in text and "GRANT" not in text and "pgmigrations" not in text and "rowkeep." not in text
    assert project.rowkeep("verify", "--against", "schema", "--no-smoke").returncode == 0
    assert project.rowkeep("schema", "dump", "--check").returncode == 0
    # With rights, and by another order of the same statements.
    project.sql("GRANT SELECT ON public.a TO shop_reader")
    project.sql("GRANT SELECT ON public.a TO shop_rw")
    first = dump_schema(project.settings, project.conninfo, lambda event: None, rights=True)
    project.sql("REVOKE SELECT ON public.a FROM shop_reader")
    project.sql("GRANT SELECT ON public.a TO shop_reader")
    assert dump_schema(project.settings, project.conninfo, lambda event: None, rights=True) == first
    configure(project, "schema-file-rights = true")
    assert project.rowkeep("schema", "dump").stdout == f"{file.relative_to(project.root)} is written\n"
    assert file.read_text() == first
    answer = project.rowkeep("verify", "--against", "schema", "--no-smoke")
    assert (answer.returncode, answer.stdout.count("not compared")) == (0, 0)
    project.sql("REVOKE SELECT ON public.a FROM shop_reader")
    answer = project.rowkeep("verify", "--against", "schema", "--no-smoke")
    assert answer.returncode == 1 and "table grant public.a" in answer.stdout


@pytest.mark.majors(18)
def test_every_run_writes_it_and_nobody_runs_it(project: Project) -> None:
    file = configure(project)
    project.write("1_a", "CREATE TABLE a (id bigint PRIMARY KEY);", "DROP TABLE a;")
    up = project.rowkeep("up")
    assert (up.returncode, "note: updated migrations/schema.sql" in up.stderr) == (0, True), up.stderr
    written = file.stat().st_mtime_ns
    assert "CREATE TABLE public.a" in file.read_text()
    # It is no migration, and a run that changes nothing does not touch it.
    assert project.rowkeep("up").returncode == 0
    assert project.names() == ["1_a"] and file.stat().st_mtime_ns == written
    assert project.rowkeep("lint").returncode == 0
    project.develop()
    assert project.rowkeep("down").returncode == 0
    assert "CREATE TABLE" not in file.read_text()
    assert project.rowkeep("deploy", "--yes").returncode == 0
    assert "CREATE TABLE public.a" in file.read_text()
    assert project.json("schema", "dump")["result"] == {"file": "migrations/schema.sql", "changed": False}

    # What it would overwrite, and could not write, stays as it is; the run is done all the same.
    mine = project.root / "schema.sql"
    mine.write_text("CREATE TABLE mine ();\n")
    outside = project.root.parent / "outside.sql"
    outside.write_text(HEADER)
    (project.root / ".git").mkdir()
    (project.root / "link.sql").symlink_to(outside)
    for name in ("schema.sql", "link.sql"):
        project.write(f"{len(project.names()) + 1}_a", "SELECT 1;")
        up = project.rowkeep("up", ROWKEEP_SCHEMA_FILE=name)
        assert up.returncode == 0 and f"{name} is not up to date: refused to" in up.stderr, up.stderr
        dump = project.rowkeep("schema", "dump", ROWKEEP_SCHEMA_FILE=name)
        assert (dump.returncode, "refused to" in dump.stderr) == (2, True), name
    assert (mine.read_text(), outside.read_text()) == ("CREATE TABLE mine ();\n", HEADER)
    # Named by the checkout, such a link is refused before anything runs.
    (project.root / "rowkeep.toml").write_text('schema-file = "link.sql"\n')
    assert "points outside the project" in project.rowkeep("up").stderr


@pytest.mark.majors(18)
def test_commands(project: Project) -> None:
    project.sql('CREATE TABLE "odd;name" (id int)')
    shown = project.rowkeep("schema")
    assert (
        shown.returncode == 0 and shown.stdout.startswith(HEADER) and 'CREATE TABLE public."odd;name"' in shown.stdout
    )
    assert project.rowkeep("schema", "dump", "--output", "s.sql").returncode == 0
    assert (project.root / "s.sql").read_text() == shown.stdout
    project.sql("CREATE TABLE b (id int)")
    check = project.rowkeep("schema", "dump", "--output", "s.sql", "--check")
    assert (check.returncode, check.stdout) == (1, "s.sql is NOT up to date\n")
    (project.root / "mine.sql").write_text("SELECT 1;")
    refused = project.rowkeep("schema", "dump", "--output", "mine.sql")
    assert refused.returncode == 2 and "Rowkeep did not write" in refused.stderr
    assert project.rowkeep("schema", "dump", "--output", "mine.sql", "--overwrite").returncode == 0
    assert "public.b" in (project.root / "mine.sql").read_text()
    missing = project.rowkeep("verify", "--against", "schema")
    assert missing.returncode == 2 and "no schema file is configured" in missing.stderr
