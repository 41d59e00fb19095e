"""Edited, deleted and late files, and how `status` and `history` tell of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rowkeep.domain.plan import Action
from rowkeep.errors import Refused

if TYPE_CHECKING:
    from conftest import Project

pytestmark = [pytest.mark.server, pytest.mark.majors(18)]


def two(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);", "DROP TABLE a;")
    project.write("3_c", "CREATE TABLE c (id int);", "DROP TABLE c;")
    project.run()


def test_a_comment_is_accepted_and_noted_once(project: Project) -> None:
    two(project)
    project.write("1_a", "create  table A (\n  id int -- the key\n);", "DROP TABLE a;")
    project.write("4_d", "CREATE TABLE d (id int);")
    assert "only comments or layout edited since" in project.rowkeep("status").stdout
    project.run()
    assert project.names() == ["1_a", "3_c", "4_d"]
    assert project.sql("SELECT migration FROM rowkeep.entry WHERE outcome = 'accepted'") == ["1_a"]
    assert "edited" not in project.rowkeep("status").stdout


def test_a_change_of_meaning_stops_with_the_difference(project: Project) -> None:
    two(project)
    project.write("1_a", "CREATE TABLE a (id bigint);", "DROP TABLE a;")
    with pytest.raises(Refused) as refused:
        project.run()
    assert "-CREATE TABLE a (id int);" in (refused.value.why or "")
    assert "+CREATE TABLE a (id bigint);" in (refused.value.why or "")
    status = project.rowkeep("status", "--check")
    assert (status.returncode, "edited since it was applied" in status.stdout) == (1, True)
    project.run(accepted=frozenset({"1_a"}))
    assert project.rowkeep("status", "--check").returncode == 0


def test_a_deleted_file_is_named_wherever_it_stood(project: Project) -> None:
    two(project)
    (project.migrations / "3_c.sql").unlink()
    with pytest.raises(Refused, match="3_c"):
        project.run()
    with pytest.raises(Refused, match="file is gone"):
        project.run(Action.DOWN)
    assert project.json("status")["result"]["counts"]["missing"] == 1
    project.run(accepted=frozenset({"3_c"}))
    project.write("4_d", "CREATE TABLE d (id int);")
    project.run()
    assert project.names() == ["1_a", "3_c", "4_d"]
    assert project.rowkeep("status", "--check").returncode == 0


def test_a_late_file_is_applied_by_name_only(project: Project) -> None:
    two(project)
    project.write("2_b", "CREATE TABLE b (id int);")
    project.write("4_d", "CREATE TABLE d (id int);")
    with pytest.raises(Refused, match="2_b is pending, but later"):
        project.run()
    assert project.names() == ["1_a", "3_c"]
    project.run(out_of_order=frozenset({"2_b"}))
    assert project.names() == ["1_a", "3_c", "2_b", "4_d"]
    (said,) = (line for line in project.rowkeep("status").stdout.splitlines() if "applied out of order" in line)
    assert "2_b" in said
    project.run(Action.DOWN, count=2)
    assert project.names() == ["1_a", "3_c"], "down goes by history, not by name"


def test_a_history_without_our_ledger_is_adopted_at_the_first_run(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    project.sql(
        "CREATE TABLE pgmigrations (id SERIAL PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL)"
    )
    project.sql("INSERT INTO pgmigrations (name, run_on) VALUES ('1_a', now())")
    assert "by another tool" in project.rowkeep("history").stdout
    project.write("2_b", "CREATE TABLE b (id int);")
    project.run()
    assert project.sql("SELECT migration, outcome FROM rowkeep.entry ORDER BY id") == [
        ("1_a", "adopted"),
        ("2_b", "applied"),
    ]
    project.write("1_a", "CREATE TABLE a (id text);")
    with pytest.raises(Refused, match="1_a was edited"):
        project.run()


def test_history_tells_who_when_and_how_long(project: Project) -> None:
    two(project)
    project.run(Action.DOWN)
    project.write("9_z", "CREATE TABLE a (id int);")
    assert project.rowkeep("up").returncode == 5
    told = project.json("history")["result"]["entries"]
    assert [(entry["migration"], entry["outcome"], entry["standing"]) for entry in told] == [
        ("1_a", "applied", True),
        ("3_c", "applied", False),
        ("3_c", "undone", False),
        ("3_c", "applied", True),
        ("9_z", "failed", False),
    ]
    assert all(entry["role"] == "postgres" for entry in told)
    assert told[-1]["host"] and told[-1]["os_user"]
    assert told[0]["seconds"] > 0
    assert told[-1]["sqlstate"] == "42P07"
    assert project.rowkeep("history", "-n", "1").stdout.count("\n") == 2


def test_a_clock_that_stepped_back_keeps_the_order(project: Project) -> None:
    two(project)
    project.sql("UPDATE pgmigrations SET run_on = run_on + interval '9 hours'")
    project.write("4_d", "CREATE TABLE d (id int);")
    project.run()
    assert project.names() == ["1_a", "3_c", "4_d"]


def test_plan_shows_and_changes_nothing(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    project.write("2_b", "CREATE INDEX CONCURRENTLY i ON a (id);")
    text = project.rowkeep("plan", "-m", "migrations").stdout
    assert "migrations/2_b.sql:2:1  CREATE INDEX CONCURRENTLY i ON a (id)   [outside a transaction]" in text
    units = project.json("plan")["result"]["units"]
    assert [[step["mode"] for step in unit] for unit in units] == [["together"], ["alone"]]
    assert not project.exists("pgmigrations")
    assert project.sql("SELECT to_regnamespace('rowkeep')") == [None]
