"""A table that a call names is the table that the function's body means."""

import pytest

from rowkeep.files import read_text
from rowkeep.judge import judge

HELPER = """
    CREATE FUNCTION {name}(target {kind}, day date) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      EXECUTE format('{statement}', target);
    END $$;
"""


def findings(helper: str, text: str) -> list[tuple[str, str]]:
    migrations = [read_text(f"{number}_x.sql", each, "node-pg-migrate") for number, each in enumerate((helper, text))]
    return [(each.rule, each.message) for each in judge(migrations).findings if each.migration == migrations[1].name]


@pytest.mark.parametrize("kind", ["text", "regclass", "name"])
@pytest.mark.parametrize(
    "call", ["SELECT gone('orders', now()::date)", "DO $$ BEGIN PERFORM gone('orders', d); END $$"]
)
def test_the_message_names_the_table(kind: str, call: str) -> None:
    found = findings(HELPER.format(name="gone", kind=kind, statement="DROP TABLE %I"), call)
    assert ("drop-table", "drops orders with all its rows") in found


def test_a_new_table_is_new_in_the_helper_too() -> None:
    helper = HELPER.format(name="index", kind="text", statement="CREATE INDEX ON %I (day)")
    text = "CREATE TABLE traces (day date); SELECT index('{}', NULL);"
    assert "index-blocks-writes" not in {rule for rule, _ in findings(helper, text.format("traces"))}
    assert "index-blocks-writes" not in {rule for rule, _ in findings(helper, text.format("public.traces"))}
    assert "index-blocks-writes" in {rule for rule, _ in findings(helper, text.format("orders"))}


def test_what_the_call_does_not_say_stays_unknown() -> None:
    helper = HELPER.format(name="gone", kind="text", statement="DROP TABLE %I")
    (message,) = [
        message for rule, message in findings(helper, "SELECT gone(n, d) FROM names") if rule == "drop-table"
    ]
    assert message == "drops a table whose name is only known when it runs with all its rows"
