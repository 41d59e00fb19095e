"""EXECUTE on pg_control_system() revoked from PUBLIC: the role cannot tell one server from another, and works on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

if TYPE_CHECKING:
    from conftest import Project

pytestmark = [pytest.mark.server, pytest.mark.majors(14, 18, in_turn=True)]


@pytest.fixture
def project(project: Project) -> Iterator[Project]:
    """One whose role owns the database, may not ask which server it is, and whose database counts as production."""
    role = f"{project.name}_owner"
    administrator = project.conninfo
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        connection.execute(
            sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(project.name), sql.Identifier(role))
        )
        connection.execute(sql.SQL("GRANT ALL ON SCHEMA public TO {}").format(sql.Identifier(role)))
        connection.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
    conninfo = make_conninfo(administrator, user=role)
    yield replace(project, conninfo=conninfo, settings=replace(project.settings, database=conninfo), production=True)
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(sql.SQL("REASSIGN OWNED BY {} TO CURRENT_USER").format(sql.Identifier(role)))
        connection.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(sql.Identifier(role)))
        connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def test_every_command_goes_on(project: Project) -> None:
    with (
        psycopg.connect(project.conninfo, autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("SELECT pg_control_system()")
    project.write("1_a", "CREATE TABLE a (id int PRIMARY KEY);\nINSERT INTO a VALUES (1);", "DROP TABLE a;")
    first = project.rowkeep("up")
    assert first.returncode == 0, f"an empty database has nothing to lose: {first.stderr}"
    for words in (["status"], ["plan"], ["verify"], ["history"], ["environment"], ["doctor"]):
        done = project.rowkeep(*words)
        assert done.returncode in (0, 1), f"{words}: {done.stdout}{done.stderr}"
        assert "could not be asked" not in done.stdout + done.stderr, f"{words}: {done.stdout}{done.stderr}"

    project.write("2_b", "CREATE TABLE b (id int PRIMARY KEY);", "DROP TABLE b;")
    for _ in range(2):
        refused = project.rowkeep("up")
        assert refused.returncode == 1, refused.stdout
        assert "this role may not call pg_control_system()" in refused.stderr
        assert "has never changed" not in refused.stderr, "that is not known"
    done = project.rowkeep("up", "--confirm", project.name)
    assert done.returncode == 0, done.stderr
    assert "the name will be asked for again" in done.stderr
    project.write("3_c", "CREATE TABLE c (id int PRIMARY KEY);", "DROP TABLE c;")
    assert project.rowkeep("up").returncode == 1, "nothing is remembered of a server that is not known"
    saved = project.rowkeep("plan", "--save", "plan.json")
    assert saved.returncode in (0, 1), saved.stderr
    done = project.rowkeep("deploy")
    assert done.returncode == 0, f"deploy has shown that it holds: {done.stdout}{done.stderr}"

    assert project.rowkeep("rehearse", "--down", "1").returncode == 0
    undone = project.rowkeep("down", "--confirm", project.name)
    assert undone.returncode == 0, f"the rehearsal counts: {undone.stderr}"
    assert project.names() == ["1_a", "2_b"]


def test_a_mark_is_not_made_where_it_would_not_count(project: Project, database: str) -> None:
    refused = project.rowkeep("environment", "mark", "development", "--confirm", project.name)
    assert refused.returncode == 1, refused.stdout
    assert "GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_system()" in refused.stderr
    assert not project.exists("rowkeep.environment")
    assert project.rowkeep("environment", "mark", "production").returncode == 0
    with psycopg.connect(database, autocommit=True) as connection:
        role = sql.Identifier(f"{project.name}_owner")
        connection.execute(sql.SQL("GRANT EXECUTE ON FUNCTION pg_control_system() TO {}").format(role))
        marked = project.rowkeep("environment", "mark", "development", "--confirm", project.name)
        assert marked.returncode == 0, marked.stderr
        assert project.json("environment")["result"]["counts_as"] == "development"
        connection.execute(sql.SQL("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM {}").format(role))
    found = project.json("environment")["result"]
    assert found["counts_as"] == "production", "the mark may have been copied from another server"
    assert "cannot be checked" in found["why"]
