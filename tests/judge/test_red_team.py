"""What an attacker of the rules found: conditions without a choice, texts that were dropped, things rolled back."""

from __future__ import annotations

import pytest

from rowkeep import files
from rowkeep.domain.finding import Severity
from rowkeep.judge import judge


def errors(text: str) -> set[str]:
    """The rules that find an error in the text."""
    verdict = judge([files.read_text("1_a.sql", text)])
    return {each.rule for each in verdict.findings if each.severity is Severity.ERROR}


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
