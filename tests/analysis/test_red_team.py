"""What an attacker of the rules found: conditions without a choice, texts that were dropped, things rolled back."""

from __future__ import annotations

import pytest

from rowkeep import files
from rowkeep.analysis import analyze
from rowkeep.domain.lint.finding import Severity


def errors(text: str) -> set[str]:
    """The rules that find an error in the text."""
    result = analyze([files.read_text("1_a.sql", text)])
    return {each.rule for each in result.findings if each.severity is Severity.ERROR}


@pytest.mark.parametrize(
    "where",
    [
        "$1",
        "id > 0",
        "1 <= user_id",
        "created_at <= now()",
        "email LIKE '%'",
        "length(email) >= 0",
        "coalesce(true, gone)",
        "active OR NOT active",
        "id BETWEEN 0 AND 9223372036854775807",
        "current_setting('app.env') = 'test'",
        "id = ANY (ARRAY(SELECT id FROM t))",
        "(id, email) IN (SELECT id, email FROM t)",
        "EXISTS (SELECT 1 FROM t AS o WHERE o.id = t.id)",
        "id <= (SELECT max(id) FROM t)",
        "(1 = 1) IS NOT FALSE",
    ],
)
def test_a_condition_that_leaves_none_out(where: str) -> None:
    assert "delete-all-rows" in errors(f"PREPARE p AS DELETE FROM t WHERE {where}; EXECUTE p(true);")


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("id > 0", "probably all rows of t: WHERE id > 0 is true of every number that a sequence gives"),
        (
            "created_at <= now()",
            "probably all rows of t: WHERE created_at <= now() is true of every time that has passed",
        ),
        ("id = id", "all rows of t: WHERE id = id leaves none out"),
    ],
)
def test_what_is_only_usual_is_not_said_as_a_fact(where: str, message: str) -> None:
    for verb, text in (("deletes", "DELETE FROM t"), ("overwrites a in", "UPDATE t SET a = 1")):
        result = analyze([files.read_text("1_a.sql", f"{text} WHERE {where};")])
        assert f"{verb} {message}" in [each.message for each in result.findings]


@pytest.mark.parametrize(
    "where",
    [
        "id = $1",
        "id > 0 AND id <= 1000",
        "user_id = 0",
        "created_at < now() - interval '1 year'",
        "created_at < '2019-01-01'",
        "email LIKE 'tmp%'",
        "length(email) > 200",
        "id BETWEEN 1 AND 10000",
        "random() < 0.01",
        "id = ANY (ARRAY(SELECT id FROM t LIMIT 100))",
        "NOT EXISTS (SELECT 1 FROM u WHERE u.id = t.u_id)",
        "active OR NOT verified",
        "id <= (SELECT max(id) FROM u)",
    ],
)
def test_a_condition_that_chooses(where: str) -> None:
    assert errors(f"DELETE FROM t WHERE {where};") == set()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (
            "DO $$ DECLARE w text[] := ARRAY['DROP', 'TABLE t']; BEGIN EXECUTE array_to_string(w, ' '); END $$;",
            "drop-table",
        ),
        ("DO $$ BEGIN EXECUTE CASE WHEN now() > '2020-01-01' THEN 'a b' ELSE 'c d' END; END $$;", "dynamic-sql"),
        ("DO $$ BEGIN PERFORM wipe(); END $$;", "unknown-function"),
        ("VALUES (wipe());", "unknown-function"),
        (
            "PREPARE p AS WITH d AS (DELETE FROM t RETURNING 1) SELECT 1; CREATE TABLE x AS EXECUTE p;",
            "delete-all-rows",
        ),
        ("SELECT 'DROP TABLE ' || quote_ident(relname) FROM pg_class\n\\gexec\n", "drop-table"),
        ("SELECT command FROM jobs\n\\gexec\n", "dynamic-sql"),
        ("SAVEPOINT s; CREATE TABLE t (id int); ROLLBACK TO s; DROP TABLE t;", "drop-table"),
        ("BEGIN; CREATE TEMP TABLE t (id int) ON COMMIT DROP; COMMIT; DELETE FROM t;", "delete-all-rows"),
        ("CREATE TABLE IF NOT EXISTS t (id int); DROP TABLE t;", "drop-table"),
        ("CREATE TABLE IF NOT EXISTS t (id int); CREATE INDEX ON t (owner);", "index-blocks-writes"),
        (
            (
                "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM u; RETURN NEW; END';"
                "CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();"
            ),
            "delete-all-rows",
        ),
        ("CREATE TABLE n (LIKE t); ALTER TABLE t RENAME TO o; ALTER TABLE n RENAME TO t;", "copy-takes-name"),
    ],
)
def test_what_slipped_through(text: str, rule: str) -> None:
    assert rule in errors(text)


def test_very_many_texts_are_not_cut_short() -> None:
    texts = ", ".join(f"'SELECT {number}'" for number in range(40))
    loop = f"FOREACH c IN ARRAY ARRAY[{texts}, 'DROP TABLE t'] LOOP EXECUTE c; END LOOP;"
    many = f"DO $$ DECLARE c text; BEGIN {loop} END $$;"
    assert errors(many) & {"dynamic-sql", "drop-table"}


@pytest.mark.parametrize(
    "text",
    [
        "SAVEPOINT s; CREATE TABLE t (id int); RELEASE SAVEPOINT s; DROP TABLE t;",
        "CREATE TEMP TABLE t (id int) ON COMMIT DROP; DELETE FROM t;",
        "CREATE TABLE IF NOT EXISTS t (id int, owner int); CREATE INDEX CONCURRENTLY i ON t (owner);",
        "MERGE INTO t USING u ON t.id = u.id WHEN MATCHED AND u.gone THEN DELETE;",
    ],
)
def test_what_is_harmless(text: str) -> None:
    assert errors(text) == set()


def severities(text: str) -> dict[str, Severity]:
    """The severity of each rule that finds something."""
    return {each.rule: each.severity for each in analyze([files.read_text("1_a.sql", text)]).findings}


@pytest.mark.parametrize(
    "text",
    [
        "WITH ids AS (SELECT id FROM t) DELETE FROM t WHERE id IN (SELECT id FROM ids)",
        "WITH ids AS (SELECT id FROM t) DELETE FROM t USING ids WHERE t.id = ids.id",
        "DELETE FROM t a USING t b WHERE a.id = b.id",
        "DELETE FROM app.t a USING app.t b WHERE b.id = a.id AND true",
        "MERGE INTO t a USING t b ON a.id = b.id WHEN MATCHED THEN DELETE",
        "MERGE INTO t USING gone ON t.id = gone.id WHEN MATCHED THEN DELETE",
        "UPDATE t a SET name = '' FROM t b WHERE a.id = b.id",
    ],
)
def test_a_table_that_meets_itself(text: str) -> None:
    assert errors(text) & {"delete-all-rows", "merge-deletes-rows", "update-all-rows"}


@pytest.mark.parametrize(
    "text",
    [
        "WITH ids AS (SELECT id FROM t WHERE gone) DELETE FROM t USING ids WHERE t.id = ids.id",
        "WITH ids AS (SELECT id FROM t LIMIT 100) DELETE FROM t WHERE id IN (SELECT id FROM ids)",
        "WITH ids AS (SELECT id FROM u) DELETE FROM t WHERE id IN (SELECT id FROM ids)",
        "DELETE FROM t a USING t b WHERE a.email = b.email AND a.id > b.id",
        "DELETE FROM t a USING t b WHERE a.id = b.id AND b.gone = 'x'",
        "DELETE FROM t USING old.t AS b WHERE t.id = b.id",
        "UPDATE t a SET name = b.name FROM u b WHERE a.id = b.id",
    ],
)
def test_a_join_that_chooses(text: str) -> None:
    assert not errors(text) & {"delete-all-rows", "update-all-rows"}


@pytest.mark.parametrize(
    "use",
    [
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON orders (f(id))",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON orders (id) WHERE f(id) > 0",
        "ALTER TABLE orders ADD CONSTRAINT c CHECK (f(id) > 0)",
    ],
)
def test_a_function_that_says_it_writes_nothing(use: str) -> None:
    body = "$$BEGIN DELETE FROM t; RETURN 1; END$$"
    lie = f"CREATE FUNCTION f(i bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS {body};"
    assert "delete-all-rows" in errors(lie + use)
    assert "delete-all-rows" not in errors(lie + "ALTER TABLE orders ADD CONSTRAINT c CHECK (f(id) > 0) NOT VALID")


@pytest.mark.parametrize(
    ("text", "rule", "severity"),
    [
        ("ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM app", "rights-revoked", Severity.WARNING),
        ("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC", "rights-revoked", None),
        ("ALTER DOMAIN email DROP CONSTRAINT c", "drop-constraint", Severity.WARNING),
        (
            "CREATE DOMAIN d AS text CHECK (VALUE <> ''); ALTER DOMAIN d DROP CONSTRAINT d_check",
            "drop-constraint",
            None,
        ),
        (
            "ALTER DOMAIN d DROP CONSTRAINT c; ALTER DOMAIN d ADD CONSTRAINT c CHECK (true) NOT VALID",
            "drop-constraint",
            None,
        ),
        ("ALTER TABLE t SET (autovacuum_enabled = off)", "autovacuum-switched-off", Severity.WARNING),
        ("ALTER TABLE t SET (autovacuum_enabled = on)", "autovacuum-switched-off", None),
        (
            "ALTER TABLE t SET (autovacuum_enabled = off); ALTER TABLE t RESET (autovacuum_enabled)",
            "autovacuum-switched-off",
            None,
        ),
        ("CREATE UNLOGGED TABLE hits (id bigint PRIMARY KEY)", "unlogged-table", Severity.NOTE),
    ],
)
def test_what_was_silent(text: str, rule: str, severity: Severity | None) -> None:
    assert severities(text).get(rule) == severity
