"""`up`, `down`, `redo` on a real server: what is applied, what is recorded, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rowkeep.domain.plan import Action
from rowkeep.errors import Failed, HalfDone, Misused, Refused, Remains, Unparsable

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.server


def three(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);", "DROP TABLE a;")
    project.write("2_b", "CREATE TABLE b (id int);\nINSERT INTO b VALUES (1), (2);", "DROP TABLE b;")
    project.write("3_c", "CREATE VIEW c AS SELECT id FROM b;", "DROP VIEW c;")


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_forward_back_forward(project: Project) -> None:
    three(project)
    assert len(project.run().done) == 3
    assert project.names() == ["1_a", "2_b", "3_c"]
    assert project.sql("SELECT count(*) FROM c") == [2]
    assert not project.run().done, "nothing more to do"
    project.run(Action.DOWN, count=2)
    assert project.names() == ["1_a"]
    assert not project.exists("b")
    assert len(project.run().done) == 2
    outcomes = project.sql("SELECT migration, outcome FROM rowkeep.entry ORDER BY id")
    assert outcomes == [
        ("1_a", "applied"),
        ("2_b", "applied"),
        ("3_c", "applied"),
        ("3_c", "undone"),
        ("2_b", "undone"),
        ("2_b", "applied"),
        ("3_c", "applied"),
    ]


def test_the_history_table_is_the_old_tools_own(project: Project) -> None:
    three(project)
    project.run()
    columns = project.sql(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute "
        "WHERE attrelid = 'pgmigrations'::regclass AND attnum > 0 ORDER BY attnum"
    )
    assert columns == [
        ("id", "integer", True),
        ("name", "character varying(255)", True),
        ("run_on", "timestamp without time zone", True),
    ]
    assert project.sql("SELECT pg_get_serial_sequence('pgmigrations', 'id')") == ["public.pgmigrations_id_seq"]
    assert project.sql(
        "SELECT contype::text FROM pg_constraint WHERE conrelid = 'pgmigrations'::regclass AND contype = 'p'"
    )


def test_run_on_is_the_servers_local_time_whatever_pgtz_says(project: Project) -> None:
    three(project)
    name = project.sql("SELECT current_database()")[0]
    project.sql(f"ALTER DATABASE \"{name}\" SET TimeZone = 'Asia/Tokyo'")
    done = project.rowkeep("up", PGTZ="America/New_York")
    assert done.returncode == 0, done.stderr
    assert (
        project.sql("SELECT abs(extract(epoch FROM now()::timestamp - run_on)) < 60 FROM pgmigrations") == [True] * 3
    )


def test_counts_and_names(project: Project) -> None:
    three(project)
    assert not project.run(count=0).done
    assert [step.name for step, _ in project.run(count=1).done] == ["1_a"]
    with pytest.raises(Misused, match="3_d"):
        project.run(name="3_d")
    with pytest.raises(Refused, match="migrations older than 3_c"):
        project.run(name="3_c")
    assert project.names() == ["1_a"]
    assert len(project.run(name="3_c", with_older=True).done) == 2
    assert not project.run(name="3_c").done, "it is applied: nothing to do"
    assert not project.run(Action.DOWN, count=0).done
    with pytest.raises(Refused, match="not the last"):
        project.run(Action.DOWN, name="2_b")
    assert project.names() == ["1_a", "2_b", "3_c"]


def test_down_zero_says_so_and_down_is_one(project: Project) -> None:
    three(project)
    project.run()
    project.develop()
    said = project.rowkeep("down", "0")
    assert (said.returncode, "nothing to do" in said.stdout) == (0, True)
    assert project.rowkeep("down").returncode == 0
    assert project.names() == ["1_a", "2_b"]
    assert project.rowkeep("down", "--", "-1").returncode == 2


def test_a_failure_rolls_its_migration_back_and_keeps_the_others(project: Project) -> None:
    three(project)
    project.write("4_d", "CREATE TABLE d (id int);\nINSERT INTO d VALUES ('x');", "")
    with pytest.raises(Failed) as failed:
        project.run()
    assert failed.value.sqlstate == "22P02"
    assert failed.value.remains is Remains.ROLLED_BACK
    assert "3 migrations of this run are applied: 1_a, 2_b, 3_c" in (failed.value.remains_detail or "")
    assert project.names() == ["1_a", "2_b", "3_c"]
    assert not project.exists("d")
    assert project.sql("SELECT sqlstate FROM rowkeep.entry WHERE outcome = 'failed'") == ["22P02"]
    assert project.sql("SELECT outcome FROM rowkeep.run ORDER BY began_at DESC LIMIT 1") == ["failed"]


def test_a_deferred_constraint_fails_at_commit(project: Project) -> None:
    project.write(
        "1_a",
        "CREATE TABLE p (id int PRIMARY KEY);\n"
        "CREATE TABLE c (p int REFERENCES p DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO c VALUES (1);",
    )
    with pytest.raises(Failed, match="1_a was not applied") as failed:
        project.run()
    assert failed.value.sqlstate == "23503"
    assert project.names() == []
    assert not project.exists("p")


def test_redo_is_one_transaction(project: Project) -> None:
    three(project)
    project.run()
    path = project.write("3_c", "CREATE VIEW c AS SELECT id + 1 AS id FROM b;", "DROP VIEW c;")
    with pytest.raises(Refused, match="edited"):
        project.run(Action.REDO)
    done = project.run(Action.REDO, accepted=frozenset({"3_c"})).done
    assert [(step.name, step.direction.value) for step, _ in done] == [("3_c", "down"), ("3_c", "up")]
    assert project.sql("SELECT max(id) FROM c") == [3]
    path.write_text("-- Up Migration\nCREATE VIEW c AS SELECT nope FROM b;\n-- Down Migration\nDROP VIEW c;\n")
    with pytest.raises(Failed):
        project.run(Action.REDO, accepted=frozenset({"3_c"}))
    assert project.sql("SELECT max(id) FROM c") == [3], "the down was rolled back with the up"
    assert project.names() == ["1_a", "2_b", "3_c"]


def test_nothing_is_sent_when_a_file_is_not_sql_or_controls_transactions(project: Project) -> None:
    three(project)
    path = project.write("4_d", "CREATE TABLE d (id int);\nCOMMIT;")
    with pytest.raises(Refused) as refused:
        project.run()
    assert str(refused.value.where) == f"{path}:3:1"
    project.write("4_d", "CREATE TABEL d (id int);")
    with pytest.raises(Unparsable) as unparsable:
        project.run()
    assert str(unparsable.value.where) == f"{path}:2:8"
    assert project.names() == []


def test_the_old_tools_traps_are_refused_with_the_place(project: Project) -> None:
    path = project.migrations / "1_a.sql"
    path.write_text("SET statement_timeout = 1;\n-- Up Migration\nCREATE TABLE a ();\n-- Down Migration\n")
    with pytest.raises(Refused) as refused:
        project.run()
    assert str(refused.value.where).startswith(f"{path}:1")
    path.write_text("-- Down Migration\nDROP TABLE a;\n")
    with pytest.raises(Refused):
        project.run()
    assert project.names() == []


def test_no_down_part_and_an_empty_one(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);", None)
    project.write("2_b", "CREATE TABLE b (id int);", "")
    project.run()
    project.run(Action.DOWN)
    assert project.names() == ["1_a"]
    with pytest.raises(Refused, match="no down part"):
        project.run(Action.DOWN)


def test_names_with_quotes_and_other_schemas(project: Project) -> None:
    from dataclasses import replace

    project.sql('CREATE SCHEMA "My App"')
    project.settings = replace(
        project.settings, history_schema="My App", history_table='it"s', schemas=("My App", "public")
    )
    project.write('1_it\'s "a"', "CREATE TABLE a (id int);", "DROP TABLE a;")
    project.run()
    assert project.sql('SELECT name FROM "My App"."it""s"') == ['1_it\'s "a"']
    assert project.exists('"My App".a')
    project.run(Action.DOWN)
    assert project.sql('SELECT name FROM "My App"."it""s"') == []


def test_what_one_migration_sets_is_not_the_next_ones(project: Project) -> None:
    project.write("1_a", "SELECT pg_catalog.set_config('search_path', '', false);\nSET lock_timeout = '1h';")
    project.write("2_b", "CREATE TABLE b AS SELECT current_setting('lock_timeout') AS told;\nDEALLOCATE ALL;")
    project.write("3_c", "CREATE TABLE c (id int);")
    project.run()
    assert project.sql("SELECT told FROM b") == ["50ms"]
    assert project.exists("public.c")


def test_statements_that_no_transaction_holds(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int, n int);\nINSERT INTO a SELECT g, g FROM generate_series(1, 9) g;")
    project.write(
        "2_b",
        "ALTER TABLE a ADD COLUMN t text;\nCREATE INDEX CONCURRENTLY a_id ON a (id);\nVACUUM a;\n"
        "CREATE UNIQUE INDEX CONCURRENTLY a_n ON a ((n / 2));",
        "DROP INDEX CONCURRENTLY a_id;\nALTER TABLE a DROP COLUMN t;",
    )
    with pytest.raises(HalfDone) as half:
        project.run()
    assert half.value.sqlstate == "23505"
    assert "3 of 4 statements of 2_b are done" in (half.value.remains_detail or "")
    assert project.names() == ["1_a"]
    assert not project.exists("a_n"), "the invalid index is not left"
    assert project.rowkeep("status", "--check").returncode == 1
    assert "unfinished" in project.rowkeep("status").stdout
    with pytest.raises(Refused, match="half done"):
        project.run(Action.DOWN)
    project.sql("DELETE FROM a WHERE id % 2 = 1")
    project.run()
    assert project.names() == ["1_a", "2_b"]
    assert project.sql("SELECT indisvalid FROM pg_index WHERE indrelid = 'a'::regclass") == [True, True]
    assert project.sql("SELECT count(*) FROM rowkeep.checkpoint") == [0]
    project.sql("DROP INDEX a_n")
    project.run(Action.DOWN)
    assert project.names() == ["1_a"]


def test_an_edit_of_what_is_done_already_is_refused(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON a (id);\nVACUUM nope;")
    with pytest.raises(HalfDone):
        project.run()
    project.write("1_a", "CREATE TABLE a2 (id int);\nCREATE INDEX CONCURRENTLY i ON a (id);\nVACUUM a;")
    with pytest.raises(Refused, match="statement 1 was edited"):
        project.run()
    project.write("1_a", "CREATE TABLE a (id int); -- a word\nCREATE INDEX CONCURRENTLY i ON a (id);\nVACUUM a;")
    with pytest.raises(Refused, match="statement 3 was edited"):
        project.run()


def test_the_invalid_index_of_another_tool_is_cleared(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1), (1);")
    project.run()
    with pytest.raises(Exception, match="duplicate"):
        project.sql("CREATE UNIQUE INDEX CONCURRENTLY a_id ON a (id)")
    project.sql("TRUNCATE a")
    project.write("2_b", "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS a_id ON a (id);")
    project.run()
    assert project.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_id'::regclass") == [True]


def test_procedures_that_commit(project: Project) -> None:
    project.write(
        "1_a",
        "CREATE TABLE a (id int);\n"
        "CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO a VALUES (1); COMMIT; END $$;\n"
        "DO $$ BEGIN FOR i IN 2..3 LOOP INSERT INTO a VALUES (i); COMMIT; END LOOP; END $$;",
    )
    project.run()
    assert project.sql("SELECT id FROM a ORDER BY id") == [2, 3]
    path = project.write("2_b", "CALL fill();")
    with pytest.raises(Failed) as failed:
        project.run()
    assert failed.value.sqlstate == "2D000"
    path.write_text("-- rowkeep: no-transaction\n-- Up Migration\nCALL fill();\n-- Down Migration\n")
    project.run()
    assert project.sql("SELECT id FROM a ORDER BY id") == [1, 2, 3]
    assert project.names() == ["1_a", "2_b"]


def test_rows_from_the_client_cannot_come(project: Project) -> None:
    for words in ("COPY a FROM STDIN", "copy (SELECT 1) to stdout"):
        project.write("1_a", f"CREATE TABLE a (id int);\n{words};")
        with pytest.raises(Refused, match="COPY"):
            project.run()
    assert project.names() == []
