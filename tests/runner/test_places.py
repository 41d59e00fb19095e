"""The server's errors come back as the very character of the migration file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rowkeep.errors import Failed

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.server

CASES = {
    "a column that is not there, after umlauts": (
        "SELECT 'äöü€';\nSELECT oid, 'ü',\n  «nope» FROM pg_class;",
        "42703",
    ),
    "a runtime error has no position: the statement's first line": (
        "SELECT 1;\n  «SELECT 1 / (random() - random())::int / 0»;",
        "22012",
    ),
    "a query inside a DO block": (
        "DO $$\nBEGIN\n  PERFORM 1;\n  INSERT INTO\n    «nope» VALUES (1);\nEND $$;",
        "42P01",
    ),
    "a tagged body, one line": ("DO $body$ BEGIN PERFORM «nope»(); END $body$;", "42883"),
    "a body in quotes": ("DO 'BEGIN\n  PERFORM 1;\n  «PERFORM 1 / 0;»\nEND';", "22012"),
    "RAISE in a DO block": (
        "DO $$\nDECLARE n int := 3;\nBEGIN\n  IF n > 2 THEN\n    «RAISE EXCEPTION 'too many';»\n  END IF;\nEND $$;",
        "P0001",
    ),
    "PL/pgSQL that does not compile": (
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN 1 +«;»\nEND $$;",
        "42601",
    ),
    "an SQL function's body": (
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$\n  SELECT «nope» FROM pg_class\n$$;",
        "42703",
    ),
    "a dynamic statement that stands in the body": (
        "DO $$\nBEGIN\n  EXECUTE 'INSERT INTO «nope» VALUES (1)';\nEND $$;",
        "42P01",
    ),
    "a dynamic statement that does not: the line that executes it": (
        "DO $$\nBEGIN\n  «EXECUTE format('INSERT INTO %I VALUES (1)', 'no' || 'pe');»\nEND $$;",
        "42P01",
    ),
    "an expression in a condition": ("DO $$\nBEGIN\n  IF 1 = «nope»(2) THEN RETURN; END IF;\nEND $$;", "42883"),
    "a function called by a DO block": (
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1 / 0';\nDO $$\nBEGIN\n  «PERFORM f();»\nEND $$;",
        "22012",
    ),
}


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_every_error_has_its_place(project: Project) -> None:
    wrong = []
    for what, (marked, sqlstate) in CASES.items():
        start, end = marked.index("«"), marked.index("»") - 1
        text = marked.replace("«", "").replace("»", "")
        path = project.write("1_a", text)
        with pytest.raises(Failed) as failed:
            project.run()
        error = failed.value
        offset = len("-- Up Migration\n")
        whole = path.read_text()
        line = whole.count("\n", 0, offset + start) + 1
        column = offset + start - whole.rfind("\n", 0, offset + start)
        if error.sqlstate != sqlstate:
            wrong.append(f"{what}: [{error.sqlstate}] {error.why}")
        elif str(error.where) != f"{path}:{line}:{column}":
            wrong.append(f"{what}: said {error.where}, is :{line}:{column}\n{error.why}")
        elif error.excerpt is None or error.excerpt.caret != (line, column, len(text[start:end].split("\n")[0])):
            wrong.append(f"{what}: the caret is {error.excerpt.caret if error.excerpt else None}")
    assert not wrong, "\n".join(wrong)


def test_the_message_in_full(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int PRIMARY KEY);\nINSERT INTO a VALUES (1), (1);")
    said = project.rowkeep("up", "-m", "migrations")
    assert said.returncode == 5
    assert said.stdout == ""
    assert said.stderr.splitlines() == [
        "error[23505]: 1_a was not applied",
        "  --> migrations/1_a.sql:3:1",
        "  |",
        "2 | CREATE TABLE a (id int PRIMARY KEY);",
        "3 | INSERT INTO a VALUES (1), (1);",
        "  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
        '  = why:   duplicate key value violates unique constraint "a_pkey"',
        "           detail: Key (id)=(1) already exists.",
        "  = state: rolled back; nothing of this migration remains",
        "  = next:  fix migrations/1_a.sql, then: rowkeep up",
    ]
