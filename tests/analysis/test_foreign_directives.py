"""The comments of other tools allow what these tools mean by them, and no more."""

import pytest

from rowkeep.analysis import LintOptions, analyze
from rowkeep.domain.lint.finding import LintResult
from rowkeep.files import read_text

SELECT = ("drop-table", "index-blocks-writes", "drop-column", "allowance-not-needed", "operation-without-sql")


def result(text: str) -> LintResult:
    return analyze([read_text("1_m.sql", text, "node-pg-migrate")], LintOptions(SELECT))


def told(text: str) -> list[str]:
    return [f"{each.place.line} {each.severity.value} {each.rule}" for each in result(text).counting]


DROP, UNNEEDED = "{} error drop-table", "{} note allowance-not-needed"


@pytest.mark.parametrize(
    "text",
    [
        "-- squawk-ignore ban-drop-table\nDROP TABLE a;",
        "--squawk-ignore ban-drop-table -- nobody reads it\nDROP TABLE a;",
        "/* squawk-ignore ban-drop-table */\nDROP TABLE a;",
        "DROP TABLE a; -- squawk-ignore ban-drop-table",
        "-- squawk-ignore ban-drop-column, ban-drop-table\nDROP TABLE a;",
        "-- squawk-ignore ban-drop-column and so on, ban-drop-table\nDROP TABLE a;",
        "-- squawk-ignore-file\nSELECT 1;\nDROP TABLE a;",
        "SELECT 1;\nDROP TABLE a;\n-- squawk-ignore-file ban-drop-table",
        "ALTER TABLE a\n  -- squawk-ignore ban-drop-column\n  DROP COLUMN b;",
        "-- pgfence-ignore\nDROP TABLE a;",
        "-- pgfence-ignore: drop-table\nDROP TABLE a;",
        "-- pgfence: ignore drop-table\nDROP TABLE a;",
        "-- eugene: ignore E6\nCREATE INDEX i ON t (a);",
        "-- eugene: ignore\nCREATE INDEX i ON t (a);",
        "-- atlas:nolint\nDROP TABLE a;",
        "-- atlas:nolint destructive\nDROP TABLE a;",
        "-- atlas:nolint DS102\nDROP TABLE a;",
        "-- atlas:nolint DS102\n\nSELECT 1;\nDROP TABLE a;",
        "-- pgls-ignore lint/safety/banDropTable: nobody reads it\nDROP TABLE a;",
        "-- pgls-ignore lint/safety\nDROP TABLE a;",
        "-- pgls-ignore-all lint/safety/banDropTable: nobody\nSELECT 1;\nDROP TABLE a;",
        "-- pgls-ignore-start lint/safety/banDropTable: nobody\nSELECT 1;\nDROP TABLE a;\n-- pgls-ignore-end lint",
    ],
)
def test_allows(text: str) -> None:
    assert told(text) == []
    assert len(result(text).allowed) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-- squawk-ignore\nDROP TABLE a;", [DROP.format(2)]),
        ("-- squawk-ignore: ban-drop-table\nDROP TABLE a;", [DROP.format(2)]),
        ("-- Squawk-Ignore ban-drop-table\nDROP TABLE a;", [DROP.format(2)]),
        ("-- squawk-ignore ban-drop-table really\nDROP TABLE a;", [DROP.format(2)]),
        ("-- squawk-ignore no-such-rule\nDROP TABLE a;", [DROP.format(2)]),
        ("-- squawk-ignore ban-drop-table\n\nDROP TABLE a;", [UNNEEDED.format(1), DROP.format(3)]),
        ("-- squawk-ignore ban-drop-column\nDROP TABLE a;", [UNNEEDED.format(1), DROP.format(2)]),
        ("-- squawk-ignore ban-drop-table\nDROP TABLE a;\nDROP TABLE b;", [DROP.format(3)]),
        ("SELECT 1;\n-- atlas:nolint DS102\nSELECT 1;\nDROP TABLE a;", [UNNEEDED.format(2), DROP.format(4)]),
        (
            "-- pgls-ignore-start lint/safety/banDropTable: x\nSELECT 1;\n-- pgls-ignore-end lint\nDROP TABLE a;",
            [UNNEEDED.format(1), DROP.format(4)],
        ),
    ],
)
def test_allows_no_more_than_is_meant(text: str, expected: list[str]) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    ("directive", "reason"),
    [
        ("-- squawk-ignore ban-drop-table -- nobody reads it", "nobody reads it"),
        ("/* squawk-ignore ban-drop-table -- nobody reads it */", "nobody reads it"),
        ("-- squawk-ignore ban-drop-table", "a squawk directive"),
        ("-- pgls-ignore lint/safety/banDropTable: nobody reads it", "nobody reads it"),
        ("-- atlas:nolint", "a atlas directive"),
    ],
)
def test_the_reason_is_theirs(directive: str, reason: str) -> None:
    (finding,) = result(f"{directive}\nDROP TABLE a;").allowed
    assert finding.allowed is not None
    assert finding.allowed.reason == reason.replace("a atlas", "an atlas")


def test_our_own_comment_goes_first() -> None:
    text = "-- squawk-ignore ban-drop-table\n-- rowkeep: allow drop-table because it is empty\nDROP TABLE a;"
    (finding,) = result(text).allowed
    assert finding.allowed is not None
    assert finding.allowed.reason == "it is empty"


def test_what_django_does_not_write_is_not_clean() -> None:
    text = "--\n-- Raw Python operation\n--\n-- THIS OPERATION CANNOT BE WRITTEN AS SQL\nSELECT 1;\n"
    assert told(text) == ["4 error operation-without-sql"]
    assert told(f"-- rowkeep: allow-file operation-without-sql because it was read\n{text}") == []
