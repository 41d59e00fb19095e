"""Carets stand under what they mean, in columns of a terminal; and one finding is one line."""

from __future__ import annotations

import pytest

from rowkeep.analysis import analyze
from rowkeep.domain.source import Source, Span
from rowkeep.files import read_text
from rowkeep.report.lint.findings import format_concise
from rowkeep.report.text.excerpt import columns, format_excerpt


@pytest.mark.parametrize(
    ("before", "under", "blanks", "carets"),
    [
        ("ALTER ", "x", 6, 1),
        ("\tALTER ", "x\ty", 7, 3),
        ("注文 ", "表", 5, 2),
        ("e\u0301t\u00e9 ", "cafe\u0301", 4, 4),
        ("A\u200bB ", "ok", 3, 2),
        ("😀 ", "ＡＢ", 3, 4),
    ],
)
def test_carets_stand_under_their_characters(before: str, under: str, blanks: int, carets: int) -> None:
    source = Source("m/1.sql", f"{before}{under} z;")
    shown = format_excerpt(source.excerpt(Span(len(before), len(before) + len(under)))).splitlines()
    assert shown[-1] == f"  | {' ' * blanks}{'^' * carets}"
    assert columns(shown[-2].split(" | ", 1)[1][: len(before)]) == blanks


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO cave VALUES (1, 'x);\n" + "TRUNCATE cave;\n" * 3000,
        'SELECT "abc\r\n\r\n' + "def;\n" * 500,
        "DO $$\nBEGIN\n" * 700,
        "/* a\n comment " * 400,
        f"ALTER TABEL {'x' * 5000};",
    ],
)
def test_one_finding_is_one_line(text: str) -> None:
    migration = read_text("1_x.sql", text, "plain")
    assert migration is not None
    result = analyze([migration])
    assert result.counting
    for finding in result.counting:
        assert "\n" not in finding.message
        assert "\r" not in finding.message
        assert len(finding.message) < 150
    lines = format_concise(result).splitlines()
    assert sum(": error " in line or ": warning " in line or ": note " in line for line in lines) == len(
        result.counting
    )


def test_a_long_name_is_shown_whole() -> None:
    migration = read_text("1_x.sql", f'DROP TABLE "{"n" * 60}";', "plain")
    assert migration is not None
    assert any("n" * 60 in each.message for each in analyze([migration]).counting)
