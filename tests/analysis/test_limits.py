"""Where reading or following stops, something is said: nothing is called safe because it lies too deep."""

from __future__ import annotations

import time

import pytest
from tests.patience import PATIENCE_S

from rowkeep import files
from rowkeep.analysis import analyze
from rowkeep.analysis.section_walker import DEEPEST_CALL
from rowkeep.domain.lint.finding import Severity

TABLE = "CREATE TABLE t (id bigint PRIMARY KEY, a boolean);"


def errors(text: str) -> list[str]:
    result = analyze([files.read_text("1_a.sql", TABLE), files.read_text("2_b.sql", text)])
    return [each.rule for each in result.findings if each.severity is Severity.ERROR]


def chain(length: int, times: int = 1) -> str:
    """Functions of which each calls the one before; the first one drops a table."""
    bodies = ["EXECUTE 'DROP TABLE t';", *(f"PERFORM f{number}();" * times for number in range(length - 1))]
    made = [
        f"CREATE FUNCTION f{number}() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {body} END $$;"
        for number, body in enumerate(bodies)
    ]
    return "\n".join([*made, f"SELECT f{length - 1}();"])


def test_calls_are_followed_up_to_the_limit() -> None:
    assert errors(chain(DEEPEST_CALL)) == ["drop-table"]


@pytest.mark.parametrize("length", [DEEPEST_CALL + 1, DEEPEST_CALL + 2, 40])
def test_what_lies_behind_the_limit_cannot_be_judged(length: int) -> None:
    assert errors(chain(length)) == ["nested-too-deep"]


def test_a_trigger_that_ends_a_long_chain_cannot_be_judged() -> None:
    trigger = chain(DEEPEST_CALL + 1).replace("RETURNS void", "RETURNS trigger").rpartition("SELECT")[0]
    armed = f"CREATE TRIGGER deep AFTER UPDATE ON t EXECUTE FUNCTION f{DEEPEST_CALL}();"
    assert "nested-too-deep" in errors(trigger + armed)


def test_calls_that_multiply_end_in_time() -> None:
    began = time.monotonic()
    assert "nested-too-deep" in errors(chain(DEEPEST_CALL, times=10).replace("EXECUTE 'DROP TABLE t'", "NULL"))
    assert time.monotonic() - began < PATIENCE_S


@pytest.mark.parametrize(
    "text",
    [
        "DO $$ " + "BEGIN " * 400 + "DROP TABLE t; " + "END; " * 400 + "$$;",
        "DO $$ BEGIN " + "IF true THEN " * 3000 + "DROP TABLE t; " + "END IF; " * 3000 + "END $$;",
        "DO $$ BEGIN EXECUTE " + "format(" * 400 + "'DROP TABLE t'" + ")" * 400 + "; END $$;",
        "DO $$ BEGIN EXECUTE " + "coalesce(" * 400 + "'DROP TABLE t'" + ")" * 400 + "; END $$;",
        "DELETE FROM t WHERE " + "NOT (NOT (" * 35 + "a OR true" + "))" * 35 + ";",
        "UPDATE t SET a = true WHERE " + "NOT (NOT (" * 35 + "a OR true" + "))" * 35 + ";",
    ],
    ids=["blocks", "branches", "format", "coalesce", "delete", "update"],
)
def test_what_is_nested_too_deeply_cannot_be_judged(text: str) -> None:
    assert "nested-too-deep" in errors(text)


def test_a_recursion_with_other_constants_is_another_call() -> None:
    text = """CREATE FUNCTION f(x text) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN EXECUTE 'DROP TABLE ' || quote_ident(x); PERFORM f('u'); END $$;
      SELECT f('t');"""
    result = analyze([files.read_text("1_a.sql", text)])
    dropped = [each.message for each in result.findings if each.severity is Severity.ERROR]
    assert dropped == ["drops t with all its rows", "drops u with all its rows"]


def test_a_trigger_s_body_is_told_as_what_each_write_will_do() -> None:
    tables = TABLE + "CREATE TABLE log (id bigint);"
    text = """
      CREATE FUNCTION purge() RETURNS void LANGUAGE sql AS 'TRUNCATE log';
      CREATE FUNCTION sweep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM purge(); RETURN NEW; END';"""
    trigger = "CREATE TRIGGER sweep BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION sweep();"
    texts = [files.read_text(f"{number}_a.sql", each) for number, each in enumerate((tables, text, trigger))]
    stored = [each.message for each in analyze(texts).findings if each.severity is Severity.WARNING]
    assert stored == ["deletes all rows of log (whenever purge is called)"]
    errors = [each for each in analyze(texts).findings if each.severity is Severity.ERROR]
    assert [each.message for each in errors] == [
        "each INSERT into t or UPDATE of t runs the trigger sweep from now on: deletes all rows of log"
    ]
    assert "DELETE FROM" not in errors[0].hint


def test_a_long_chain_of_views_goes_with_the_first() -> None:
    views = "".join(f"CREATE VIEW v{i + 1} AS SELECT a FROM v{i};\n" for i in range(1200))
    errors(f"CREATE VIEW v0 AS SELECT 1 AS a;\n{views}DROP VIEW v0 CASCADE;\n")
