"""Writes to foreign tables: direct, and through views, triggers, functions, partitions, children, imported schemas."""

from __future__ import annotations

import pytest

from rowkeep import files
from rowkeep.analysis import LintOptions, analyze

GIVEN = """
CREATE FOREIGN TABLE remote (id bigint, state text) SERVER elsewhere;
CREATE VIEW seen AS SELECT id, state FROM remote;
CREATE VIEW seen_twice AS SELECT id FROM seen;
CREATE TABLE local (id bigint PRIMARY KEY, state text);
CREATE TABLE measures (day date, n int) PARTITION BY RANGE (day);
CREATE FOREIGN TABLE measures_old PARTITION OF measures FOR VALUES FROM (MINVALUE) TO ('2020-01-01') SERVER elsewhere;
CREATE TABLE above (id bigint);
CREATE FOREIGN TABLE below () INHERITS (above) SERVER elsewhere;
IMPORT FOREIGN SCHEMA public FROM SERVER elsewhere INTO far;
IMPORT FOREIGN SCHEMA other LIMIT TO (orders) FROM SERVER elsewhere INTO near;
CREATE FUNCTION push() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN INSERT INTO remote VALUES (NEW.id, NEW.state); RETURN NEW; END';
"""
TRIGGER = "CREATE TRIGGER push AFTER INSERT ON local FOR EACH ROW EXECUTE FUNCTION push();"


def found(text: str) -> list[str]:
    texts = [files.read_text(f"{number}_a.sql", each) for number, each in enumerate((GIVEN, text))]
    options = LintOptions(select=("write-to-foreign-table",), only={"1_a"})
    return [each.severity.value for each in analyze(texts, options).findings]


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO remote VALUES (1, 'a');",
        "UPDATE remote SET state = 'b' WHERE id = 1;",
        "DELETE FROM remote WHERE id = 1;",
        "TRUNCATE remote;",
        "COPY remote FROM '/tmp/x';",
        "MERGE INTO remote USING local ON local.id = remote.id WHEN MATCHED THEN DELETE;",
        "DELETE FROM seen WHERE id = 1;",
        "DELETE FROM seen_twice WHERE id = 1;",
        "WITH gone AS (DELETE FROM remote RETURNING *) INSERT INTO local SELECT * FROM gone;",
        "DO $$ BEGIN EXECUTE 'DELETE FROM remote'; END $$;",
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'DELETE FROM remote'; SELECT f();",
        "CREATE FOREIGN TABLE fresh (id bigint) SERVER elsewhere; INSERT INTO fresh VALUES (1);",
        "DELETE FROM near.orders WHERE id = 1;",
        TRIGGER,
    ],
)
def test_a_write_is_an_error(text: str) -> None:
    assert "error" in found(text)


def test_a_write_that_fires_a_trigger_is_one_too() -> None:
    assert found(f"{TRIGGER} INSERT INTO local VALUES (1, 'a');") == ["error", "error"]


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO measures VALUES ('2019-01-01', 1);",
        "DELETE FROM above WHERE id = 1;",
        "DELETE FROM far.customers WHERE id = 1;",
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'DELETE FROM remote';",
    ],
)
def test_what_may_write_there_is_a_warning(text: str) -> None:
    assert found(text) == ["warning"]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM remote;",
        "COPY remote TO '/tmp/x';",
        "INSERT INTO local SELECT * FROM remote;",
        "DROP FOREIGN TABLE remote;",
        "ALTER FOREIGN TABLE remote ADD COLUMN n int;",
        "DROP FOREIGN TABLE remote; CREATE TABLE remote (id bigint); INSERT INTO remote VALUES (1);",
        "DELETE FROM near.others WHERE id = 1;",
    ],
)
def test_what_reads_or_only_declares_is_none(text: str) -> None:
    assert found(text) == []
