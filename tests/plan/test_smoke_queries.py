"""What is a smoke query, and what is refused."""

from __future__ import annotations

import pytest

from rowkeep import files
from rowkeep.errors import Unparsable
from rowkeep.plan.smoke.find_queries import find_queries, find_section_queries


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("SELECT count(*) = 0 FROM a", 1),
        ("SELECT 1;\nVALUES (true);\nTABLE a;\nWITH x AS (SELECT 1) SELECT * FROM x;", 4),
        ("(SELECT true) UNION ALL (SELECT false)", 1),
        ("BEGIN;\nSELECT 1/count(*) FROM a;\nROLLBACK;", 1),
        ("DO $$ BEGIN ASSERT (SELECT count(*) FROM a) > 0; END $$", 1),
        ("EXPLAIN DELETE FROM a; EXPLAIN ANALYZE SELECT 1; SHOW search_path", 3),
        ("-- nothing", 0),
        ("", 0),
    ],
)
def test_queries_are_found(text: str, count: int) -> None:
    assert len(find_queries(files.read_text("verify/a.sql", text, "plain"))) == count


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("SELECT 1; COMMIT; DELETE FROM a", "COMMIT would end"),
        ("BEGIN; SELECT 1; COMMIT", "COMMIT would end"),
        ("SELECT 1; ROLLBACK; SELECT 2", "ROLLBACK would end"),
        ("DELETE FROM a", "only reads"),
        ("WITH x AS (DELETE FROM a RETURNING *) SELECT * FROM x", "only reads"),
        ("SELECT 1 INTO b", "only reads"),
        ("SELECT * FROM a FOR UPDATE", "FOR UPDATE locks rows"),
        ("EXPLAIN ANALYZE DELETE FROM a", "only reads"),
        ("COPY a TO PROGRAM 'id'", "only reads"),
        ("CALL p()", "only reads"),
        ("SET TRANSACTION READ WRITE", "only reads"),
        ("RESET ROLE", "only reads"),
        ("LOCK TABLE a", "only reads"),
        ("NOTIFY a", "only reads"),
        ("PREPARE a AS SELECT 1", "only reads"),
        ("SELECT nextval('s')", "nextval acts"),
        ("SELECT * FROM public.dblink('x', 'DELETE FROM a') AS d (n int)", "dblink acts"),
        ("SELECT dblink_exec('x', 'y')", "dblink_exec acts"),
        ("SELECT lo_export(1, '/x')", "lo_export acts"),
        ("SELECT pg_catalog.pg_read_file('/x')", "pg_read_file acts"),
        ("SELECT pg_stat_reset_shared('bgwriter')", "pg_stat_reset_shared acts"),
        ("SELECT pg_copy_physical_replication_slot('a', 'b')", "pg_copy_physical_replication_slot acts"),
        ("SELECT pg_log_backend_memory_contexts(1)", "pg_log_backend_memory_contexts acts"),
        ("SELECT pg_terminate_backend(1)", "pg_terminate_backend acts"),
        ("SELECT set_config('transaction_read_only', 'off', true)", "only reads"),
        ("DO $$ BEGIN EXECUTE 'DELETE' || ' FROM a'; END $$", ""),
        ("DO $$ DECLARE c text := (SELECT b FROM a); BEGIN EXECUTE c; END $$", "cannot be read"),
        ("DO $$ BEGIN COMMIT; END $$", "COMMIT would end"),
        ("DO $$ BEGIN UPDATE a SET b = 1; END $$", "only reads"),
        ("DO $$ BEGIN PERFORM pg_read_file('x'); END $$", "pg_read_file acts"),
        ("DO LANGUAGE plpython3u $$ import os $$", "cannot be read"),
        ("SELEC 1", "syntax error"),
        ("\\! touch x", ""),
    ],
)
def test_what_acts_is_refused(text: str, why: str) -> None:
    with pytest.raises(Unparsable) as refused:
        find_queries(files.read_text("verify/a.sql", text, "plain"))
    assert why in (refused.value.why or "") and str(refused.value.where).startswith("verify/a.sql:")


def section(text: str) -> tuple[list[str], str | None]:
    queries, why = find_section_queries(files.read_text("1_a.sql", text, "node-pg-migrate"))
    return [f"{query.place.line}: {query.text}" for query in queries], why


@pytest.mark.parametrize("marker", ["-- Verify", "--verify", "  -- VERIFY Migration  "])
def test_the_section_goes_from_its_marker_to_the_end_of_the_up_part(marker: str) -> None:
    text = (
        f"-- Up Migration\nCREATE TABLE a ();\n{marker}\nSELECT true;\nSELECT 2;\n-- Down Migration\nDROP TABLE a;\n"
    )
    assert section(text) == (["4: SELECT true", "5: SELECT 2"], None)


def test_a_comment_by_chance_makes_no_section() -> None:
    found, why = section("-- Up Migration\nSELECT 1;\n-- verify\nUPDATE a SET b = 1;\n")
    assert found == [] and why is not None and why.startswith("1_a.sql:4:1: what follows “-- Verify” is not taken")
    for text in (
        "SELECT 1;\n-- verify that it is there\nUPDATE a SET b = 1;",
        "SELECT '\n-- verify\n'",
        "-- Verify\n",
    ):
        assert section(f"-- Up Migration\n{text}") == ([], None)
    assert section("-- Up Migration\nSELECT 1;\n-- Down Migration\n-- Verify\nSELECT 2;") == ([], None)
