"""What PostgreSQL refuses inside a transaction block is known beforehand; the servers say whether that is right."""

import psycopg
import pytest

from rowkeep.domain.migration import Section
from rowkeep.domain.source import Source, Span
from rowkeep.domain.statement import TransactionUse
from rowkeep.parse import parse_section

OUTSIDE = [
    "CREATE INDEX CONCURRENTLY i2 ON t (a)",
    "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i2 ON t (a)",
    "DROP INDEX CONCURRENTLY i",
    "REINDEX INDEX CONCURRENTLY i",
    "REINDEX (CONCURRENTLY) TABLE t",
    "REINDEX (CONCURRENTLY on, VERBOSE) TABLE t",
    "REINDEX SCHEMA public",
    "VACUUM",
    "VACUUM (FULL) t",
    "CLUSTER",
    "ALTER SYSTEM SET work_mem = '4MB'",
    "CREATE DATABASE other",
    "DROP DATABASE IF EXISTS other",
    "ALTER DATABASE postgres SET TABLESPACE pg_default",
    "CREATE TABLESPACE s LOCATION '/nowhere'",
    "DROP TABLESPACE IF EXISTS s",
    "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY",
    "COMMIT PREPARED 'x'",
    "ROLLBACK PREPARED 'x'",
    "DISCARD ALL",
    "CREATE SUBSCRIPTION s CONNECTION 'host=/nowhere' PUBLICATION p",
    "DO $$ BEGIN COMMIT; END $$",
    "DO $$ BEGIN LOOP UPDATE t SET a = 1; COMMIT; EXIT; END LOOP; END $$",
]
ANY = [
    "CREATE INDEX i2 ON t (a)",
    "DROP INDEX i",
    "REINDEX TABLE t",
    "REINDEX (CONCURRENTLY false) TABLE t",
    "ANALYZE t",
    "CLUSTER t USING i",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY m",
    "ALTER TABLE p DETACH PARTITION p1",
    "ALTER TYPE e ADD VALUE 'b'",
    "ALTER DATABASE postgres SET work_mem = '4MB'",
    "SAVEPOINT a",
    "SET LOCAL lock_timeout = '1s'",
    "DISCARD PLANS",
    "CREATE SUBSCRIPTION s CONNECTION 'host=/nowhere' PUBLICATION p WITH (connect = false)",
    "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$",
    "CREATE PROCEDURE c() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$",
    "DO $$ BEGIN UPDATE t SET a = 1; END $$",
    "LOCK TABLE t",
    "TRUNCATE t",
]
CONTROL = ["BEGIN", "START TRANSACTION READ ONLY", "COMMIT", "END", "ROLLBACK", "ABORT", "PREPARE TRANSACTION 'x'"]
GIVEN = """
    CREATE TABLE t (a int PRIMARY KEY);
    CREATE INDEX i ON t (a);
    CREATE TABLE p (a int) PARTITION BY LIST (a);
    CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
    CREATE MATERIALIZED VIEW m AS SELECT 1 AS a;
    CREATE UNIQUE INDEX ON m (a);
    CREATE TYPE e AS ENUM ('a');
"""


def use(text: str) -> TransactionUse:
    (statement,) = parse_section(Section(Source("m.sql", text), Span(0, len(text)))).statements
    return statement.transaction


@pytest.mark.parametrize("text", OUTSIDE)
def test_outside(text: str) -> None:
    assert use(text) is TransactionUse.OUTSIDE


@pytest.mark.parametrize("text", ANY)
def test_any(text: str) -> None:
    assert use(text) is TransactionUse.ANY


@pytest.mark.parametrize("text", CONTROL)
def test_control(text: str) -> None:
    assert use(text) is TransactionUse.CONTROL


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_the_server_agrees(database: str) -> None:
    """25001 is "cannot run inside a transaction block", 2D000 "invalid transaction termination"."""
    wrong = []
    with psycopg.connect(database) as connection:
        connection.execute(GIVEN)
        connection.commit()
        for text in (*OUTSIDE, *ANY):
            state = None
            try:
                connection.execute(text.encode())
            except psycopg.Error as error:
                state = error.sqlstate
            connection.rollback()
            refused = state in ("25001", "2D000")
            if refused is not (use(text) is TransactionUse.OUTSIDE) or (state and not refused):
                wrong.append(f"{text}: {state}")
    assert not wrong, "\n".join(wrong)
