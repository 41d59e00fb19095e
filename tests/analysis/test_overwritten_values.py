"""An UPDATE, upsert or MERGE that overwrites many values without keeping the old ones, and those that lose nothing."""

from __future__ import annotations

import pytest

from rowkeep import files
from rowkeep.analysis import LintOptions, analyze
from rowkeep.domain.lint.finding import Finding

GIVEN = """
CREATE TABLE users (id bigint PRIMARY KEY, name text, email text UNIQUE, plan text, n int, active boolean);
CREATE TABLE imported (id bigint PRIMARY KEY, name text);
"""
ADDED = "ALTER TABLE users ADD COLUMN IF NOT EXISTS earlier text;"


def findings(text: str) -> list[Finding]:
    migrations = [files.read_text(f"{number}_a.sql", each) for number, each in enumerate((GIVEN, ADDED, text))]
    options = LintOptions(select=("update-overwrites-values",), only={"2_a"})
    return list(analyze(migrations, options).findings)


LOOP = """DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM imported LOOP
  UPDATE users SET name = r.name WHERE id = r.id;
END LOOP; END $$;"""


@pytest.mark.parametrize(
    "text",
    [
        "UPDATE users SET name = '' WHERE id > 5;",
        "UPDATE users SET name = '' WHERE plan = 'free';",
        "UPDATE users SET plan = 'y' WHERE plan IN ('x', 'z');",
        "UPDATE users SET name = lower(name) WHERE name <> lower(name);",
        "UPDATE users SET n = n * 2 WHERE id > 7;",
        "UPDATE users SET name = i.name FROM imported i WHERE i.id = users.id;",
        "UPDATE users SET plan = 'x' WHERE id IN (SELECT id FROM users WHERE plan <> 'b' LIMIT 500);",
        "UPDATE users SET name = '' WHERE id NOT IN (SELECT id FROM users WHERE name IS NULL);",
        "UPDATE users SET name = CASE WHEN id > 9 THEN 'x' ELSE name END WHERE id > 5;",
        "DO $$ BEGIN UPDATE users SET name = '' WHERE id > 5; END $$;",
        "DO $$ BEGIN EXECUTE 'UPDATE users SET name = '''' WHERE id > 5'; END $$;",
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ UPDATE users SET name = '' WHERE id > 5 $$; SELECT f();",
        "PREPARE p AS UPDATE users SET name = '' WHERE id > 5; EXECUTE p;",
        "WITH w AS (UPDATE users SET name = '' WHERE id > 5 RETURNING *) SELECT * FROM w;",
        "CREATE TABLE b AS SELECT id FROM users; UPDATE users SET name = '' WHERE id > 5;",
        "CREATE TABLE b AS SELECT * FROM users LIMIT 5; UPDATE users SET name = '' WHERE id > 5;",
        "CREATE TABLE b AS SELECT * FROM users WHERE id > 9; UPDATE users SET name = '' WHERE id > 5;",
        "INSERT INTO users SELECT id, name FROM imported ON CONFLICT (id) DO UPDATE SET name = excluded.name;",
        "MERGE INTO users USING imported i ON i.id = users.id WHEN MATCHED THEN UPDATE SET name = i.name;",
        LOOP,
    ],
)
def test_old_values_are_lost(text: str) -> None:
    found = findings(text)
    assert [each.severity.value for each in found] == ["warning"]
    assert "nothing keeps the old values" in found[0].message


@pytest.mark.parametrize(
    "text",
    [
        "UPDATE users SET name = '' WHERE id = 5;",
        "UPDATE users SET name = '' WHERE id IN (5, 6);",
        "UPDATE users SET name = '' WHERE email = 'x';",
        "UPDATE users SET plan = 'y' WHERE plan = 'x';",
        "UPDATE users SET plan = 'y' WHERE plan IS NULL OR plan = '';",
        "UPDATE users SET plan = 'y' WHERE plan IS NULL AND id > 7;",
        "UPDATE users SET earlier = lower(name) WHERE id > 7;",
        "UPDATE users SET n = n + 1 WHERE id > 7;",
        "UPDATE users SET n = coalesce(n, 0) WHERE id > 7;",
        "UPDATE users SET active = false WHERE active;",
        "UPDATE users SET plan = 'x' WHERE id IN (SELECT id FROM users WHERE plan IS NULL LIMIT 500);",
        "WITH b AS (SELECT id FROM users WHERE plan IS NULL) UPDATE users u SET plan = 'x' FROM b WHERE b.id = u.id;",
        "UPDATE users SET name = CASE WHEN name IS NULL THEN 'x' ELSE name END WHERE id > 5;",
        "UPDATE users SET earlier = name WHERE id > 5; UPDATE users SET name = '' WHERE id > 5;",
        "UPDATE users SET earlier = name, name = '' WHERE id > 5;",
        "CREATE TABLE b AS SELECT * FROM users; UPDATE users SET name = '' WHERE id > 5;",
        "INSERT INTO imported SELECT id, name FROM users; UPDATE users SET name = '' WHERE id > 5;",
        "INSERT INTO users (id, name) VALUES (1, 'a') ON CONFLICT (id) DO UPDATE SET name = excluded.name;",
        "MERGE INTO users u USING (VALUES (1, 'a')) i(a, b) ON i.a = u.id WHEN MATCHED THEN UPDATE SET name = i.b;",
        "MERGE INTO users u USING imported i ON i.id = u.id WHEN MATCHED AND u.n IS NULL THEN UPDATE SET n = 1;",
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ UPDATE users SET name = '' WHERE id > 5 $$;",
        "CREATE TABLE fresh AS SELECT * FROM users; UPDATE fresh SET name = '' WHERE id > 5;",
    ],
)
def test_no_value_is_lost(text: str) -> None:
    assert findings(text) == []


def test_the_copy_that_is_advised_has_the_condition_of_the_statement() -> None:
    (found,) = findings("UPDATE users SET name = '' WHERE id > 5 AND users.n <> users.id;")
    assert found.hint.startswith(
        "CREATE TABLE users_before AS SELECT id, name FROM users WHERE id > 5 AND users.n <> users.id;"
    )


def test_the_copy_that_is_advised_is_sql() -> None:
    (found,) = findings("UPDATE users SET name = '' WHERE id NOT IN (SELECT id FROM users WHERE name IS NULL);")
    assert found.hint.startswith("CREATE TABLE users_before AS SELECT id, name FROM users WHERE <condition>;")
