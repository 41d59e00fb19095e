"""The mark of a database, and what `down` and `redo` ask of one that counts as production."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project

pytestmark = [pytest.mark.server, pytest.mark.majors(18)]


@pytest.fixture
def project(project: Project) -> Project:
    """One whose database counts as production."""
    project.production = True
    return project


def two(project: Project) -> str:
    project.write("1_a", "CREATE TABLE a (id int);\nINSERT INTO a VALUES (7);", "DROP TABLE a;")
    project.write("2_b", "CREATE VIEW b AS SELECT id FROM a;", "DROP VIEW b;")
    assert project.rowkeep("up").returncode == 0
    return str(project.sql("SELECT current_database()")[0])


@pytest.mark.majors(15, 18)
def test_unmarked_is_production_and_down_asks_for_its_name(project: Project) -> None:
    name = two(project)
    assert project.json("environment")["result"]["counts_as"] == "production"
    refused = project.rowkeep("down", "--confirm", name)
    assert (refused.returncode, "never rehearsed" in refused.stderr) == (1, True), refused.stderr
    refused = project.rowkeep("down", "--untested")
    assert (refused.returncode, f"rowkeep down --untested --confirm {name}" in refused.stderr) == (1, True), (
        refused.stderr
    )
    assert "rowkeep environment mark development" in refused.stderr
    assert project.rowkeep("redo", "--untested").returncode == 1
    assert project.rowkeep("down", "--untested", "--confirm", "another").returncode == 1
    assert project.rowkeep("down", "0").returncode == 0, "nothing to undo, nothing to confirm"
    assert project.names() == ["1_a", "2_b"]
    done = project.json("down", "--untested", "--confirm", name)
    assert done["result"].get("backup", done) is None, "a view holds no rows"
    assert project.names() == ["1_a"]


def test_what_takes_rows_is_backed_up_first(project: Project) -> None:
    name = two(project)
    assert project.rowkeep("down", "--no-backup", "--confirm", name).returncode == 2, "a reason is needed"
    warned = project.rowkeep("down", "2", "--untested").stderr
    assert "may take rows or values away: DROP TABLE a" in warned
    project.sql("CREATE VIEW in_the_way AS SELECT id FROM a")
    failed = project.json("down", "2", "--untested", "--confirm", name)
    assert failed["exit_code"] == 5
    assert any("rowkeep restore" in line for line in failed["error"]["next"])
    project.sql("DROP VIEW in_the_way")
    assert project.names() == ["1_a"], "2_b is undone, 1_a is as it was"
    assert project.rowkeep("up").returncode == 0
    done = project.json("down", "2", "--untested", "--confirm", name)
    backup = done["result"]["backup"]
    assert not project.exists("a")
    assert backup in [one["id"] for one in project.json("backup", "list")["result"]["backups"]]
    newest = "SELECT details FROM rowkeep.run WHERE command = 'down' ORDER BY began_at DESC LIMIT 1"
    details = project.sql(newest)[0]
    assert (details["backup"], details["confirmed"], details["counts_as"]) == (backup, name, "production")
    assert details["untested"] == ["2_b", "1_a"]
    assert project.rowkeep("up").returncode == 0
    done = project.json("down", "2", "--untested", "--confirm", name, "--no-backup", "--because", "it is a copy")
    assert done["result"]["backup"] is None
    details = project.sql(newest)[0]
    assert details["no_backup_because"] == "it is a copy"


def test_a_mark_is_for_one_database_and_lowering_it_is_confirmed(project: Project) -> None:
    name = two(project)
    assert project.rowkeep("environment", "mark", "development").returncode == 1
    marked = project.rowkeep("environment", "mark", "development", "--confirm", name, "--because", "mine")
    assert marked.returncode == 0, marked.stderr
    assert f"database {name} counts as development" in project.rowkeep("environment").stdout
    assert project.rowkeep("down", "2").returncode == 0, "no question, no backup"
    assert not (project.root / "backups").exists()
    assert project.rowkeep("environment", "mark", "production").returncode == 0, "to be more careful is free"
    project.sql("UPDATE rowkeep.environment SET kind = 'development', database = 'elsewhere'")
    shown = project.json("environment")["result"]
    assert (shown["counts_as"], shown["mark"]["database"]) == ("production", "elsewhere")


@pytest.mark.majors(14, 18)
def test_a_role_that_may_not_read_the_mark_meets_production(project: Project) -> None:
    name = two(project)
    project.rowkeep("environment", "mark", "staging", "--confirm", name)
    assert project.json("environment")["result"]["counts_as"] == "staging"
    project.sql("DROP ROLE IF EXISTS env_reader")
    project.sql("CREATE ROLE env_reader LOGIN")
    try:
        shown = project.rowkeep("environment", "--database", f"{project.conninfo} user=env_reader")
        assert "may not read its mark" in shown.stdout, shown.stderr
        project.sql("DROP TABLE rowkeep.checkpoint, rowkeep.entry, rowkeep.run, rowkeep.edition")
        project.sql(
            "GRANT ALL ON ALL TABLES IN SCHEMA public TO env_reader; GRANT CREATE ON SCHEMA public TO env_reader"
        )
        project.sql("GRANT USAGE ON SEQUENCE pgmigrations_id_seq TO env_reader")
        project.write("3_c", "CREATE TABLE c (id int);")
        done = project.rowkeep("up", "--database", f"{project.conninfo} user=env_reader")
        assert done.returncode == 0, f"a mark keeps nobody from migrating: {done.stderr}"
    finally:
        project.sql("DROP OWNED BY env_reader")
        project.sql("DROP ROLE env_reader")
