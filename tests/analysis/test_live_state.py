"""What a server has told, and what the judge makes of it: words, weights, memory. No server is needed for that."""

from __future__ import annotations

import pytest

from rowkeep.analysis import LintOptions, analyze
from rowkeep.analysis.mentioned_names import find_called_names, find_mentioned_names
from rowkeep.domain.lint.finding import LintResult
from rowkeep.domain.schema.live_facts import (
    Impact,
    LiveFacts,
    LiveFunction,
    LiveIndex,
    LiveTable,
    ObjectQuery,
    format_estimate,
)
from rowkeep.files import read_text
from rowkeep.knowledge.throughput import TableWork, estimate_seconds

ORDERS = ("public", "orders")
BIG = LiveTable(ORDERS, "r", 19_000_000_000, 12_000_000_000, 7_000_000_000, 41_000_000, 6)


def live(table: LiveTable = BIG, *definitions: str, **fields: object) -> LiveFacts:
    made = definitions or ("CREATE TABLE public.orders (id bigint, note varchar(20))",)
    return LiveFacts("shop", 18, tables=(table,), definitions=made, **fields)  # type: ignore[arg-type]


def result(text: str, facts: LiveFacts, *, select: tuple[str, ...] = ("data", "lock", "transaction")) -> LintResult:
    return analyze([read_text("1_m.sql", text, "node-pg-migrate")], LintOptions(select, live=facts))


def told(text: str, facts: LiveFacts) -> list[str]:
    return [f"{finding.severity.value} {finding.rule}" for finding in result(text, facts).counting]


def test_a_message_says_what_is_at_stake() -> None:
    first = result("CREATE INDEX i ON orders (id);", live()).counting[0]
    assert first.message == (
        "builds an index on orders while every INSERT, UPDATE and DELETE on it waits; "
        "orders: 41 M rows, 19 GB, 6 indexes: blocks writes for about 5 min"
    )
    assert first.live is not None and first.live.rows == 41_000_000


@pytest.mark.parametrize(
    ("spent", "words"),
    [
        (0.4, "less than a second"),
        (7.4, "about 7 s"),
        (44, "about 40 s"),
        (240, "about 4 min"),
        (1_630, "about 25 min"),
        (9_000, "about 2 h"),
    ],
)
def test_a_duration_is_coarse(spent: float, words: str) -> None:
    assert format_estimate(spent) == words


def test_what_is_not_known_is_said() -> None:
    assert Impact("t", None, None, 0).words == "t: rows unknown (never analysed), size unknown"
    assert Impact("t", 0, 8192, 1, is_empty=True).words == "t: no rows, 1 index"
    assert Impact("t", 12_345, 1_500, 0, 3, 250.0).words == "t: 12 k rows, 1.5 kB, 3 partitions, up to 250 writes/s"
    assert estimate_seconds(TableWork.SCAN, None, None) is None


def test_a_rewrite_counts_the_indexes_too() -> None:
    alone, with_indexes = (
        estimate_seconds(TableWork.REWRITE, 10**9, 0),
        estimate_seconds(TableWork.REWRITE, 10**9, 10**9),
    )
    assert alone is not None and with_indexes is not None and with_indexes > alone


def test_a_size_that_is_not_known_is_not_small() -> None:
    unseen = LiveTable(ORDERS, "r", None, None, None, None, 1)
    small = LiveTable(ORDERS, "r", 60_000, 40_000, 20_000, 100, 1)
    assert "error index-blocks-writes" in told("CREATE INDEX i ON orders (id);", live(unseen))
    assert "note index-blocks-writes" in told("CREATE INDEX i ON orders (id);", live(small))
    # Rows are rows, however few.
    assert "error drop-table" in told("DROP TABLE orders;", live(small))
    # It is held for as long as the transaction goes on.
    assert "error table-locked-by-hand" in told("LOCK TABLE orders;", live(small))


def test_a_small_table_beside_a_large_one_is_no_excuse() -> None:
    small = LiveTable(("public", "a"), "r", 60_000, 40_000, 20_000, 100, 1)
    facts = LiveFacts(
        "shop",
        18,
        tables=(BIG, small),
        definitions=("CREATE TABLE public.orders (id bigint PRIMARY KEY)", "CREATE TABLE public.a (o bigint)"),
    )
    text = "ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (o) REFERENCES orders (id);"
    assert "error foreign-key-blocks-writes" in told(text, facts)


def test_what_is_renamed_keeps_its_size() -> None:
    found = result("ALTER TABLE orders RENAME TO bills; CREATE INDEX i ON bills (id);", live()).counting
    assert [finding.live.rows for finding in found if finding.rule == "index-blocks-writes" and finding.live] == [
        41_000_000
    ]


def test_a_column_that_an_unknown_function_may_have_added_is_not_missed() -> None:
    text = "ALTER TABLE orders ALTER COLUMN fresh SET DEFAULT 1;"
    assert "error no-longer-there" in told(text, live())
    assert "error no-longer-there" not in told(f"SELECT somebodys(); {text}", live())
    assert "error no-longer-there" not in told(f"CREATE EXTENSION x; {text}", live())


def test_a_table_that_dynamic_sql_may_have_dropped_is_not_there_already() -> None:
    text = "CREATE TABLE orders (id bigint);"
    assert "error made-already" in told(text, live())
    hidden = "DO $$ BEGIN EXECUTE current_setting('a.b'); END $$;"
    assert "error made-already" not in told(f"{hidden} {text}", live())


def test_columns_come_before_what_speaks_of_them() -> None:
    text = "ALTER TABLE orders ADD CONSTRAINT u UNIQUE (fresh), ADD COLUMN fresh int;"
    assert "error no-longer-there" not in told(text, live())


def test_an_index_that_the_text_builds_is_none_of_the_servers() -> None:
    facts = live(indexes=(LiveIndex(("public", "i"), "CREATE INDEX i ON public.orders USING btree (id)"),))
    again = "CREATE INDEX i ON orders (id);"
    assert "error made-already" in told(again, facts)
    assert "error made-already" not in told(f"DROP INDEX i; {again}", facts)


def test_names_are_collected_from_everywhere() -> None:
    text = (
        "DO $$ BEGIN UPDATE app.carts SET a = f(a); END $$; ALTER TABLE t ADD COLUMN c d.kind REFERENCES other;"
        "\n-- Down Migration\nDROP VIEW below;"
    )
    names = find_mentioned_names([read_text("1_m.sql", text, "node-pg-migrate")]).names
    assert {("app", "carts"), (None, "f"), (None, "t"), ("d", "kind"), (None, "other"), (None, "below")} <= names
    body = LiveFunction("public.f()", "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1 FROM deep'")
    assert (None, "deep") in find_called_names(LiveFacts("shop", 18, functions=(body,))).names
    assert (ObjectQuery(frozenset({(None, "a")})) | ObjectQuery(frozenset({("s", "b")}))).schemas(("p",)) == [
        "p",
        "pg_catalog",
        "s",
    ]
