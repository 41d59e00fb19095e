"""The judge: order, newness, calls, down parts, allowances, severities."""

import pytest

from rowkeep import rules
from rowkeep.analysis import LintOptions, analyze
from rowkeep.domain.lint.finding import Finding, LintResult, Severity
from rowkeep.domain.migration import Migration, Remark
from rowkeep.domain.source import Source, Span
from rowkeep.errors import Misused
from rowkeep.files import read_text


def migrations(*texts: str) -> list[Migration]:
    return [read_text(f"{number}_m.sql", text, "node-pg-migrate") for number, text in enumerate(texts, 1)]


def result(*texts: str, **options: object) -> LintResult:
    return analyze(migrations(*texts), LintOptions(**options))  # type: ignore[arg-type]


def told(*texts: str, **options: object) -> list[str]:
    return [_line(finding) for finding in result(*texts, **options).counting]


def _line(finding: Finding) -> str:
    return f"{finding.place.path[0]}:{finding.place.line} {finding.severity.value} {finding.rule}"


DATA = {"select": ("data",)}
LOCKS = {"select": ("index-blocks-writes",)}


def test_findings_stand_in_the_order_of_the_files() -> None:
    assert told("TRUNCATE b;\nDROP TABLE a;", "DELETE FROM c;", **DATA) == [
        "1:1 error truncate-table",
        "1:2 error drop-table",
        "2:1 error delete-all-rows",
    ]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("CREATE TABLE t (a int); CREATE INDEX i ON t (a);",), []),
        (("CREATE TABLE t (a int);", "CREATE INDEX i ON t (a);"), ["2:1 error index-blocks-writes"]),
        (("CREATE TABLE IF NOT EXISTS t (a int); CREATE INDEX i ON t (a);",), ["1:1 note index-blocks-writes"]),
        (
            ("CREATE TABLE t (a int);", "CREATE TABLE IF NOT EXISTS t (a int); CREATE INDEX i ON t (a);"),
            ["2:1 error index-blocks-writes"],
        ),
        (
            ("DO $$ BEGIN IF x() THEN CREATE TABLE t (a int); END IF; END $$; CREATE INDEX i ON t (a);",),
            ["1:1 warning index-blocks-writes"],
        ),
        (("DROP TABLE t; CREATE TABLE IF NOT EXISTS t (a int); CREATE INDEX i ON t (a);",), []),
        (("CREATE TABLE u (a int); ALTER TABLE u RENAME TO t; CREATE INDEX i ON t (a);",), []),
        (("CREATE TABLE s.t (a int); CREATE INDEX i ON t (a);",), ["1:1 error index-blocks-writes"]),
        (("SET search_path = s; CREATE TABLE t (a int); CREATE INDEX i ON s.t (a);",), []),
        (("SELECT set_config('search_path', 's', false); CREATE TABLE t (); CREATE INDEX i ON s.t (a);",), []),
        (("CREATE TEMP TABLE t (a int); CREATE INDEX i ON t (a);",), []),
        (("CREATE TABLE t (); DROP TABLE t; CREATE INDEX i ON t (a);",), ["1:1 error index-blocks-writes"]),
        (("SELECT 1 AS a INTO t; CREATE INDEX i ON t (a);",), []),
        (("CREATE SCHEMA s CREATE TABLE t (a int); CREATE INDEX i ON s.t (a);",), []),
    ],
)
def test_whose_table_it_is(texts: tuple[str, ...], expected: list[str]) -> None:
    assert told(*texts, **LOCKS) == expected


def test_a_call_runs_the_body_and_says_where_it_stands() -> None:
    found = result(
        "CREATE FUNCTION purge() RETURNS void LANGUAGE plpgsql AS $$\nBEGIN\n  DELETE FROM orders;\nEND $$;",
        "CREATE FUNCTION nightly() RETURNS void LANGUAGE sql AS 'SELECT purge()';",
        "SELECT nightly();",
        **DATA,
    ).counting
    assert [_line(finding) for finding in found] == ["1:3 warning delete-all-rows", "3:1 error delete-all-rows"]
    assert [(words, str(place)) for words, place in found[1].via] == [("in nightly", "2_m.sql:1:64")]


def test_a_function_that_calls_itself_ends() -> None:
    text = "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN TRUNCATE t; PERFORM f(); END $$; SELECT f();"
    assert told(text, **DATA) == ["1:1 warning truncate-table", "1:1 error truncate-table"]


def test_a_prepared_statement_runs_when_it_is_executed() -> None:
    assert told("PREPARE p AS DELETE FROM t;\nEXECUTE p;", **DATA) == [
        "1:1 warning delete-all-rows",
        "1:2 error delete-all-rows",
    ]


def test_a_down_part_undoes_what_its_up_part_made() -> None:
    text = (
        "-- Up Migration\nCREATE TABLE IF NOT EXISTS t (a int);\nALTER TABLE u ADD COLUMN IF NOT EXISTS b int;\n"
        "-- Down Migration\nALTER TABLE u DROP COLUMN b;\nDROP TABLE t;\nDROP TABLE v;\nALTER TABLE u DROP COLUMN c;\n"
    )
    assert told(text, **DATA) == ["1:7 warning drop-table", "1:8 warning drop-column"]


def test_what_a_down_part_does_is_not_remembered() -> None:
    first = "-- Up Migration\nCREATE TABLE t (a int);\n-- Down Migration\nDROP TABLE t;"
    assert told(first, "CREATE TABLE IF NOT EXISTS t (a int); CREATE INDEX i ON t (a);", **LOCKS) == [
        "2:1 error index-blocks-writes"
    ]


def test_only_the_named_migrations_are_judged() -> None:
    found = result("DROP TABLE a;", "DROP TABLE b;", only=("2_m",), **DATA)
    assert ([_line(each) for each in found.counting], found.analyzed) == (["2:1 error drop-table"], 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-- rowkeep: allow drop-table because unused\nDROP TABLE a;", []),
        ("DROP TABLE a; -- rowkeep: allow drop-table because unused", []),
        ("/* rowkeep: allow D001 because unused */ DROP TABLE a;", []),
        (
            "-- Rowkeep: ALLOW drop-table, truncate-table BECAUSE unused\nDROP TABLE a, b;",
            ["1:1 warning allowance-not-needed"],
        ),
        (
            "-- rowkeep: allow drop-table because unused\n\nSELECT 1;\nDROP TABLE a;",
            ["1:1 warning allowance-not-needed", "1:4 error drop-table"],
        ),
        ("DROP TABLE a; -- rowkeep: allow drop-table because unused\nDROP TABLE b;", ["1:2 error drop-table"]),
        ("DROP TABLE a;\nDROP TABLE b; -- rowkeep: allow drop-table because unused", ["1:1 error drop-table"]),
        (
            "-- rowkeep: allow drop-table\nDROP TABLE a;",
            ["1:1 error allowance-without-reason", "1:2 error drop-table"],
        ),
        (
            "-- rowkeep: allow dorp-table because unused\nDROP TABLE a;",
            ["1:1 warning allowance-of-unknown-rule", "1:2 error drop-table"],
        ),
        ("-- rowkeep: allow-file drop-table because unused\nSELECT 1;\nDROP TABLE a;\nDROP TABLE b;", []),
        (
            "ALTER TABLE a\n  -- rowkeep: allow drop-column because unused\n  DROP COLUMN b,\n  DROP COLUMN c;",
            ["1:4 error drop-column"],
        ),
        (
            "DO $$\nBEGIN\n  -- rowkeep: allow drop-table because unused\n  DROP TABLE a;\n  DROP TABLE b;\nEND $$;",
            ["1:5 error drop-table"],
        ),
    ],
)
def test_allowances(text: str, expected: list[str]) -> None:
    assert told(text, select=("data", "transaction")) == expected


def test_an_allowed_finding_is_kept_with_its_reason() -> None:
    found = result("-- rowkeep: allow drop-table because it was never used\nDROP TABLE a;", **DATA)
    assert [(each.rule, each.allowed.reason) for each in found.allowed if each.allowed] == [
        ("drop-table", "it was never used")
    ]
    assert not found.refuses(Severity.NOTE)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"select": ("drop-table",)}, ["1:1 error drop-table"]),
        ({"select": ("d001", "D005")}, ["1:1 error drop-table", "1:1 error truncate-table"]),
        ({"select": ("data",), "ignore": ("D001",)}, ["1:1 error truncate-table"]),
        (
            {"select": ("data",), "severity": {"data": "note", "D005": "warning"}},
            ["1:1 note drop-table", "1:1 warning truncate-table"],
        ),
        (
            {"select": ("data",), "severity": {"data": "note", "truncate-table": "Error"}},
            ["1:1 note drop-table", "1:1 error truncate-table"],
        ),
        ({"ignore": ("all",)}, []),
        ({"severity": {"all": "off", "D005": "note"}}, ["1:1 note truncate-table"]),
    ],
)
def test_who_judges_and_how_heavily(options: dict[str, object], expected: list[str]) -> None:
    assert told("DROP TABLE a; TRUNCATE b;", **options) == expected


@pytest.mark.parametrize(
    "options", [{"select": ("drop-tabel",)}, {"ignore": ("beauty",)}, {"severity": {"data": "bad"}}]
)
def test_a_word_that_means_nothing_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(Misused) as refused:
        result("SELECT 1", **options)
    assert refused.value.instead


def test_remarks_become_findings_also_those_without_a_rule() -> None:
    source = Source("folder", "")
    remarks = [
        Remark("never-heard-of", source, Span(0, 0), "odd"),
        Remark("never-heard-of", source, Span(0, 0), "worse", fatal=True),
    ]
    found = analyze(migrations("SELECT 1;"), LintOptions(), remarks)
    assert [(each.rule, each.severity, each.message) for each in found.counting] == [
        ("never-heard-of", Severity.WARNING, "odd"),
        ("never-heard-of", Severity.ERROR, "worse"),
    ]


def test_a_migration_in_another_language_is_no_obstacle() -> None:
    from dataclasses import replace

    from rowkeep.domain.migration import Language

    foreign = replace(migrations("drop it all")[0], language=Language.FOREIGN)
    assert analyze([foreign, *migrations("SELECT 1;")[:1]]).counting == ()


def test_every_rule_is_found_by_name_and_code() -> None:
    for rule in rules.every():
        assert (
            rules.find(rule.name) is rules.find(rule.code.lower()) is rules.find(rule.name.replace("-", "_")) is rule
        )
