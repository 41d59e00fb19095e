"""A table that a call names is the table that the function's body means."""

import pytest

from rowkeep.analysis import analyze
from rowkeep.files import read_text

HELPER = """
    CREATE FUNCTION {name}(target {kind}, day date) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      EXECUTE format('{statement}', target);
    END $$;
"""


def findings(helper: str, text: str) -> list[tuple[str, str]]:
    migrations = [read_text(f"{number}_x.sql", each, "node-pg-migrate") for number, each in enumerate((helper, text))]
    return [(each.rule, each.message) for each in analyze(migrations).findings if each.migration == migrations[1].name]


@pytest.mark.parametrize("kind", ["text", "regclass", "name"])
@pytest.mark.parametrize(
    "call", ["SELECT gone('orders', now()::date)", "DO $$ BEGIN PERFORM gone('orders', d); END $$"]
)
def test_the_message_names_the_table(kind: str, call: str) -> None:
    found = findings(HELPER.format(name="gone", kind=kind, statement="DROP TABLE %I"), call)
    assert ("drop-table", "drops orders with all its rows") in found


def test_a_new_table_is_new_in_the_helper_too() -> None:
    # %I would make one name of `public.traces`, as the server does.
    helper = HELPER.format(name="index", kind="text", statement="CREATE INDEX ON %s (day)")
    text = "CREATE TABLE traces (day date); SELECT index('{}', NULL);"
    assert "index-blocks-writes" not in {rule for rule, _ in findings(helper, text.format("traces"))}
    assert "index-blocks-writes" not in {rule for rule, _ in findings(helper, text.format("public.traces"))}
    assert "index-blocks-writes" in {rule for rule, _ in findings(helper, text.format("orders"))}


def test_what_the_call_does_not_say_stays_unknown() -> None:
    helper = HELPER.format(name="gone", kind="text", statement="DROP TABLE %I")
    (message,) = [
        message for rule, message in findings(helper, "SELECT gone(n, d) FROM names") if rule == "drop-table"
    ]
    assert message == "drops a table whose name is only known at run time with all its rows"


@pytest.mark.parametrize(
    ("head", "body", "call"),
    [
        ("text", "EXECUTE format('DROP TABLE %I', $1)", "f('orders')"),
        ("t text", "EXECUTE 'DROP TABLE ' || t", "f('orders')"),
        ("t text", "EXECUTE 'DROP TABLE ' || quote_ident(t || 's')", "f('order')"),
        ("q text", "EXECUTE q", "f('DROP TABLE orders')"),
        ("t text DEFAULT 'orders'", "EXECUTE format('DROP TABLE %I', t)", "f()"),
        ("s text, t text", "EXECUTE format('DROP TABLE %I.%I', s, t)", "f('public', 'orders')"),
        ("VARIADIC t text[]", "EXECUTE format('DROP TABLE %I', t[1])", "f('orders')"),
        ("t regclass", "EXECUTE format('DROP TABLE %s', t)", "f('orders'::regclass)"),
    ],
)
def test_a_text_is_put_together_of_the_arguments(head: str, body: str, call: str) -> None:
    helper = f"CREATE FUNCTION f({head}) RETURNS void LANGUAGE plpgsql AS $$ BEGIN {body}; END $$;"
    found = {message.replace("public.", "") for rule, message in findings(helper, f"SELECT {call};")}
    assert "drops orders with all its rows" in found


def test_a_text_that_a_variable_holds_is_that_of_the_call() -> None:
    helper = """
        CREATE FUNCTION f(t text) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE name ALIAS FOR $1; other text := t;
        BEGIN EXECUTE format('DROP TABLE %I', name); EXECUTE format('TRUNCATE %I', other); END $$;
    """
    found = findings(helper, "SELECT f('orders');")
    assert {("drop-table", "drops orders with all its rows"), ("truncate-table", "deletes all rows of orders")} <= {
        *found
    }


def test_a_harmless_text_is_no_finding_and_an_assigned_parameter_is_not_the_calls() -> None:
    run = "CREATE FUNCTION f(q text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE q; END $$;"
    assert findings(run, "SELECT f('SELECT 1');") == []
    assert [rule for rule, _ in findings(run, "SELECT f(x) FROM t;")] == ["dynamic-sql"]
    changed = run.replace("EXECUTE q", "q := (SELECT x FROM t); EXECUTE q")
    assert [rule for rule, _ in findings(changed, "SELECT f('SELECT 1');")] == ["dynamic-sql"]


def test_a_helper_hands_on_what_it_knows() -> None:
    helpers = (
        HELPER.format(name="gone", kind="text", statement="DROP TABLE %I")
        + """
        CREATE FUNCTION outer_gone(parent text, day date) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE child varchar;
        BEGIN
          SELECT lower(format('%s_%s', parent, to_char(day, 'YYYYMMDD'))) INTO child;
          PERFORM gone(parent, day);
          PERFORM gone(child, day);
        END $$;
    """
    )
    told = findings(helpers, "SELECT outer_gone('Days', now()::date)")
    found = [message for rule, message in told if rule == "drop-table"]
    assert 'drops "Days" with all its rows' in found
    assert "drops a table whose name is only known at run time with all its rows" in found
