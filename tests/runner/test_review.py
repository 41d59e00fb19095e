"""`plan --save` and `up --plan`: exactly what was reviewed is applied, or what changed since is named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project

pytestmark = [pytest.mark.server, pytest.mark.majors(18)]


def saved(project: Project) -> str:
    project.write("1_a", "CREATE TABLE a (id int);", "DROP TABLE a;")
    project.run()
    project.write("2_b", "CREATE TABLE b (id int);")
    project.write("3_c", "CREATE TABLE c (id int);")
    done = project.rowkeep("plan", "1", "--save", "p.json")
    assert done.returncode == 0, done.stderr
    digest: str = json.loads((project.root / "p.json").read_text())["digest"]
    return digest


def refusal(project: Project) -> str:
    done = project.rowkeep("up", "--plan", "p.json")
    assert done.returncode == 1, done.stderr
    return done.stderr


@pytest.mark.majors(15, 18)
def test_what_was_reviewed_is_applied_and_its_digest_is_in_the_ledger(project: Project) -> None:
    digest = saved(project)
    project.write("2_b", "CREATE TABLE b (id int); -- a comment changes nothing")
    assert project.rowkeep("up", "1", "--plan", "p.json").returncode == 2
    done = project.rowkeep("up", "--plan", "p.json")
    assert done.returncode == 0, done.stderr
    assert project.names() == ["1_a", "2_b"]
    told = project.sql("SELECT details ->> 'plan' FROM rowkeep.run ORDER BY began_at DESC LIMIT 1")
    assert told == [digest]
    assert "in history since: 2_b" in refusal(project)


def test_edits_and_other_files_are_named(project: Project) -> None:
    saved(project)
    path = project.write("2_b", "CREATE TABLE b (id bigint);")
    assert "edited since the plan was saved: 2_b" in refusal(project)
    path.unlink()
    said = refusal(project)
    assert "to run now, and not in the plan: 3_c" in said
    assert "in the plan, and not to run now: 2_b" in said
    assert project.names() == ["1_a"]


def test_deploy_takes_a_reviewed_plan_too(project: Project) -> None:
    digest = saved(project)
    assert project.rowkeep("deploy", "1", "--plan-file", "p.json").returncode == 2
    done = project.rowkeep("deploy", "--plan-file", "p.json")
    assert done.returncode == 0, done.stderr
    assert project.names() == ["1_a", "2_b"]
    told = project.sql("SELECT details ->> 'plan' FROM rowkeep.run ORDER BY began_at DESC LIMIT 1")
    assert told == [digest]
    refused = project.rowkeep("deploy", "--plan-file", "p.json")
    assert (refused.returncode, "in history since: 2_b" in refused.stderr) == (1, True), refused.stderr


def test_another_database_and_another_text_are_refused(project: Project) -> None:
    saved(project)
    name = project.sql("SELECT current_database()")[0]
    project.sql(f'CREATE DATABASE "{name}_copy" TEMPLATE "{name}"')
    done = project.rowkeep("up", "--plan", "p.json", "--database", project.conninfo.replace(name, f"{name}_copy"))
    assert (done.returncode, "the database is another one" in done.stderr) == (1, True), done.stderr
    path = project.root / "p.json"
    path.write_text(path.read_text().replace("2_b", "3_c"))
    assert "digest" in project.rowkeep("up", "--plan", "p.json").stderr
    for text in ("{}", "[]", "nonsense", '{"format": "rowkeep-plan 2"}'):
        path.write_text(text)
        assert project.rowkeep("up", "--plan", "p.json").returncode == 2
    assert project.rowkeep("up", "--plan", "nowhere.json").returncode == 2
    assert project.rowkeep("plan", "--down", "--save", "p.json").returncode == 2
    assert project.names() == ["1_a"]
