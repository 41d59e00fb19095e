"""`accept`, `mark`, `baseline`: history is settled by name, nothing is run, and the ledger says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project

pytestmark = [pytest.mark.server, pytest.mark.majors(18)]


def four(project: Project) -> None:
    for number, table in enumerate("abcd", 1):
        project.write(f"{number}_{table}", f"CREATE TABLE {table} (id int);", f"DROP TABLE {table};")


def told(project: Project) -> list[tuple[str, str, str | None]]:
    entries = project.json("history")["result"]["entries"]
    return [(entry["migration"], entry["outcome"], entry["message"]) for entry in entries]


def test_accept_settles_an_edit_and_a_deletion_with_the_reason(project: Project) -> None:
    four(project)
    project.run()
    project.write("1_a", "CREATE TABLE a (id bigint);")
    (project.migrations / "2_b.sql").unlink()
    assert project.rowkeep("up").returncode == 1
    assert project.rowkeep("accept", "1_a").returncode == 2, "a reason is needed"
    done = project.rowkeep("accept", "1_a", "2_b", "--because", "squashed")
    assert done.returncode == 0, done.stderr
    assert told(project)[-2:] == [("1_a", "accepted", "squashed"), ("2_b", "accepted", "squashed")]
    assert project.rowkeep("status", "--check").returncode == 0
    again = project.rowkeep("accept", "1_a", "--because", "twice")
    assert (again.returncode, "nothing to do" in again.stdout) == (0, True)
    project.write("5_e", "")
    assert project.rowkeep("accept", "5_e", "--because", "x").returncode == 1, "it is not applied"


@pytest.mark.majors(15, 18)
def test_mark_applied_takes_its_turn_and_unapplied_gives_it_back(project: Project) -> None:
    four(project)
    project.run(count=1)
    project.run(count=1)
    project.rowkeep("mark", "applied", "4_d", "--because", "made by hand")
    assert project.names() == ["1_a", "2_b", "4_d"]
    marked = project.json("mark", "applied", "3_c.sql", "--because", "made by hand, too")["result"]
    assert marked["marked_applied"] == ["3_c"]
    assert project.names() == ["1_a", "2_b", "3_c", "4_d"], "each at its turn"
    assert not any(item.misplaced for item in project.survey().standings)
    assert not project.exists("c")
    assert told(project)[-1] == ("3_c", "marked", "made by hand, too")
    project.write("3_c", "CREATE TABLE c (id text);")
    assert project.rowkeep("up").returncode == 1, "the text it stands for is known: it was edited"
    back = project.rowkeep("mark", "unapplied", "4_d", "3_c", "--because", "was wrong")
    assert back.returncode == 0, back.stderr
    assert told(project)[-1][1:] == ("unmarked", "was wrong")
    assert len(project.run().done) == 2
    assert project.exists("c")


def test_a_migration_that_finds_no_turn_is_refused(project: Project) -> None:
    four(project)
    project.rowkeep("baseline", "3_c")
    project.write("2_aa", "SELECT 1;")
    refused = project.rowkeep("mark", "applied", "2_aa", "--because", "x")
    assert (refused.returncode, "mark unapplied 2_b 3_c" in refused.stderr) == (1, True), refused.stderr


def test_what_was_half_done_is_settled_by_hand(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);\nVACUUM nope;")
    assert project.rowkeep("up").returncode == 6
    assert project.rowkeep("mark", "applied", "1_a", "--because", "finished by hand").returncode == 0
    assert project.sql("SELECT count(*) FROM rowkeep.checkpoint") == [0]
    assert project.rowkeep("status", "--check").returncode == 0


def test_a_baseline_runs_nothing_and_agrees_with_what_is_there(project: Project) -> None:
    four(project)
    (project.migrations / "1_a.sql").write_text("\\restrict x\nSET x = 1;\nCOPY a FROM stdin;\n1\n\\.\n")
    (project.migrations / "2_b.js").write_text("exports.up = () => {}")
    (project.migrations / "2_b.sql").unlink()
    done = project.rowkeep("baseline", "3_c")
    assert done.returncode == 0, done.stderr
    assert project.names() == ["1_a", "2_b", "3_c"]
    assert not project.exists("c")
    assert "nothing to do" in project.rowkeep("baseline", "3_c").stdout
    assert project.rowkeep("baseline", "2_b").returncode == 1, "history goes further"
    assert len(project.run().done) == 1
    assert project.rowkeep("baseline", "4_d", "--because", "again").returncode == 0
    project.sql("DELETE FROM pgmigrations WHERE name = '2_b'")
    assert project.rowkeep("baseline", "4_d").returncode == 1


def test_another_run_keeps_them_out(project: Project) -> None:
    import psycopg

    four(project)
    with psycopg.connect(project.conninfo, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(7241865325823964)")
        assert project.rowkeep("baseline", "3_c").returncode == 4
    assert project.names() == []
