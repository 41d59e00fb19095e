"""A hint without placeholders does on a server what the original does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import psycopg
import pytest
from psycopg import sql
from tests.rules.hints import PLACEHOLDER, collect_hints, split_migrations
from tests.rules.test_witness import RUNNING, _possible, cleared, given

from rowkeep.analysis import LintOptions, analyze
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.statement import TransactionUse
from rowkeep.files import read_text
from rowkeep.parse import parse_section

HINTS = [hint for hint in collect_hints() if not isinstance(hint.text, Sentence)]
WRAPPERS = """
    SELECT fdwname FROM pg_catalog.pg_foreign_data_wrapper AS w
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.objid = w.oid AND d.deptype = 'e')
"""
"""Foreign data wrappers that no extension owns."""
COMPLETE = [hint for hint in HINTS if not PLACEHOLDER.search(hint.text)]


def test_most_sql_hints_are_complete() -> None:
    assert len(COMPLETE) > len(HINTS) / 2


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database, autocommit=True, connect_timeout=10) as opened:
        yield opened


def run(connection: psycopg.Connection, text: str) -> None:
    """Migration by migration, as its comments cut it: each in a transaction where one can hold it."""
    for part in filter(None, split_migrations(text)):
        migration = read_text("1_form.sql", part, "plain")
        assert migration is not None
        statements = parse_section(migration.up).statements
        alone = any(each.transaction is not TransactionUse.ANY for each in statements)
        with nullcontext() if alone else connection.transaction():
            for each in statements:
                connection.execute(each.text.encode())


@pytest.mark.majors(14, 18)
def test_a_complete_hint_runs(connection: psycopg.Connection) -> None:
    """In the place of the example, or after it where it goes on from there (`ALTER FUNCTION` of what it makes)."""
    wrong = []
    major = connection.info.server_version // 10000
    for hint in COMPLETE:
        rule, example = hint.rule, hint.example
        if rule not in RUNNING or not _possible(connection, example):
            continue
        why = ""
        for before in (example[:-1], (*example[:-1], hint.lead), example):
            for (name,) in connection.execute(WRAPPERS).fetchall():
                connection.execute(sql.SQL("DROP FOREIGN DATA WRAPPER {} CASCADE").format(sql.Identifier(name)))
            given(connection, rule)
            try:
                for text in (*before, hint.text):
                    run(connection, text)
            except psycopg.Error as error:
                why = f"{rule.name} on {major}: {error.sqlstate} {str(error).splitlines()[0]}\n{hint.text}"
            else:
                why = ""
                break
        wrong += [why] if why else []
    cleared(connection)
    assert not wrong, "\n".join(wrong)


CHANGES = (
    "UPDATE t SET a = 'x'",
    "UPDATE t SET n = n + 1",
    "UPDATE t SET a = coalesce(a, 'none'), n = 0 WHERE n > 3",
    "UPDATE t SET a = 'x' WHERE a IS NOT NULL",
    "UPDATE t SET a = 'x' WHERE a IS NULL OR n > 2",
    "DELETE FROM t WHERE n < 500",
)


@pytest.mark.majors(14, 18)
@pytest.mark.parametrize("made", ["id bigint PRIMARY KEY", 'id int, "Key" uuid PRIMARY KEY DEFAULT gen_random_uuid()'])
def test_a_change_in_batches_changes_the_same_rows(made: str, connection: psycopg.Connection) -> None:
    """Over columns that are filled, and over columns that are not."""
    table = f"CREATE TABLE t ({made}, a text, n int);\n"
    values = "i, CASE WHEN i % 3 > 0 THEN 'a' || i END, i"
    rows = f"INSERT INTO t (id, a, n) SELECT {values} FROM generate_series(1, 12001) AS i"
    compared = 0
    for change in CHANGES:
        results = []
        texts = (table, f"ALTER TABLE t ADD COLUMN extra int;\n{change};")
        migrations = [read_text(f"{number}_x.sql", text, "plain") for number, text in enumerate(texts, 1)]
        result = analyze([each for each in migrations if each is not None], LintOptions(only={"2_x"}))
        repairs = [
            each.hint
            for each in result.findings
            if each.rule in ("update-all-rows", "change-not-batched") and each.span.start > 30
        ]
        for text in (change, *repairs):
            connection.execute("DROP TABLE IF EXISTS t, t_before")
            connection.execute(table.encode())
            connection.execute(rows)
            run(connection, text)
            results.append(connection.execute("SELECT id, a, n FROM t ORDER BY id").fetchall())
        assert all(each == results[0] for each in results), (change, repairs)
        compared += len(results) - 1
    assert compared >= 4
