"""Statements of PostgreSQL 19: named by their words, also in bodies and dynamic SQL; everything else is analyzed."""

from __future__ import annotations

import pytest

from rowkeep import files
from rowkeep.analysis import LintOptions, analyze
from rowkeep.domain.statement import TransactionUse
from rowkeep.parse import parse_section

RULE = "newer-than-the-parser"
STATEMENTS = {
    "REPACK t": ("REPACK:", "ACCESS EXCLUSIVE"),
    "REPACK (VERBOSE) t USING INDEX t_pkey": ("REPACK:", "ACCESS EXCLUSIVE"),
    "REPACK (CONCURRENTLY, ANALYZE) t": ("REPACK (CONCURRENTLY):", "SHARE UPDATE EXCLUSIVE"),
    "REPACK": ("REPACK of every table:", "ACCESS EXCLUSIVE"),
    "ALTER TABLE t MERGE PARTITIONS (a, b) INTO c": ("MERGE PARTITIONS:", "ACCESS EXCLUSIVE"),
    "ALTER TABLE t SPLIT PARTITION a INTO (PARTITION b FOR VALUES IN (1))": ("SPLIT PARTITION:", "ACCESS EXCLUSIVE"),
    "INSERT INTO t VALUES (1) ON CONFLICT (id) DO SELECT FOR UPDATE RETURNING *": (
        "ON CONFLICT DO SELECT:",
        "ROW EXCLUSIVE",
    ),
    "UPDATE t FOR PORTION OF valid FROM '1' TO '2' SET n = 1": ("FOR PORTION OF:", "ROW EXCLUSIVE"),
    "DELETE FROM t FOR PORTION OF valid FROM '1' TO '2'": ("FOR PORTION OF:", "ROW EXCLUSIVE"),
    "CREATE PROPERTY GRAPH g VERTEX TABLES (t)": ("PROPERTY GRAPH:", "no table"),
    "DROP PROPERTY GRAPH g": ("PROPERTY GRAPH:", "no table"),
    "SELECT * FROM GRAPH_TABLE (g MATCH (a IS t) COLUMNS (a.n))": ("GRAPH_TABLE:", "reads"),
    "SELECT lag(n) IGNORE NULLS OVER (ORDER BY id) FROM t": ("IGNORE or RESPECT NULLS:", "reads"),
    "CHECKPOINT (MODE SPREAD, FLUSH_UNLOGGED)": ("CHECKPOINT with options:", "no table"),
    "WAIT FOR LSN '0/1'": ("WAIT FOR:", "nothing"),
}


def findings(text: str, major: int = 14) -> list[tuple[str, str, str]]:
    result = analyze([files.read_text("1_a.sql", text)], LintOptions(major=major))
    return [(each.rule, each.severity.value, each.message) for each in result.findings]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_it_is_named_with_its_locks(statement: str) -> None:
    what, locks = STATEMENTS[statement]
    ((rule, severity, message),) = findings(f"{statement};")
    assert (rule, severity) == (RULE, "error")
    assert message.startswith(f"{what} PostgreSQL 19, not checked; it ")
    assert locks in message
    assert message.endswith("; it fails before 19")


@pytest.mark.parametrize("statement", STATEMENTS)
@pytest.mark.parametrize(
    "around",
    [
        "DO $$ BEGIN {}; END $$;",
        "DO $do$ BEGIN EXECUTE $${}$$; END $do$;",
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $${}$$; SELECT f();",
    ],
    ids=["body", "execute", "function"],
)
def test_it_is_named_inside_of_bodies(statement: str, around: str) -> None:
    found = findings(around.format(statement))
    assert (RULE, "error") in {(rule, severity) for rule, severity, _ in found}
    assert "syntax-error" not in {rule for rule, _, _ in found}


def test_other_findings_of_the_file_stand() -> None:
    text = "REPACK t; DROP TABLE t; ALTER TABLE u MERGE PARTITIONS (a, b) INTO c; DELETE FROM u;"
    rules = [rule for rule, severity, _ in findings(text) if severity == "error"]
    assert rules.count(RULE) == 2
    assert {"drop-table", "delete-all-rows"} <= set(rules)


@pytest.mark.parametrize(
    "text",
    [
        "UPDTE t FOR PORTION OF x SET n = 1;",
        "INSERT INTO t VALUES (1,) ON CONFLICT DO SELECT;",
        "CREATE TABLE repack (id bigint,, n int);",
        "SELECT 'repack', FROM FROM t;",
        "ALTER TABLE t SPLIT 'PARTITION';",
    ],
)
def test_a_fault_stays_a_fault(text: str) -> None:
    assert "syntax-error" in {rule for rule, _, _ in findings(text)}
    assert RULE not in {rule for rule, _, _ in findings(text)}


def test_such_words_as_names_are_nothing() -> None:
    assert RULE not in {rule for rule, _, _ in findings("CREATE TABLE repack (merge int, split int, portion int);")}


def test_for_19_only_what_stops_everybody_is_an_error() -> None:
    assert [severity for _, severity, _ in findings("REPACK t;", 19)] == ["error"]
    assert [severity for _, severity, _ in findings("REPACK (CONCURRENTLY) t;", 19)] == ["warning"]
    assert "fails before" not in findings("REPACK t;", 19)[0][2]


def test_what_no_transaction_can_hold_runs_alone() -> None:
    section = files.read_text("1_a.sql", "REPACK (CONCURRENTLY) t; REPACK t; REPACK;").up
    assert [each.transaction for each in parse_section(section).statements] == [
        TransactionUse.OUTSIDE,
        TransactionUse.ANY,
        TransactionUse.OUTSIDE,
    ]
