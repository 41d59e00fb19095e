"""What a plan knows of statements that no transaction holds, and what `up` and `down` make of a word."""

from __future__ import annotations

import pytest

from rowkeep.domain.migration import Section
from rowkeep.domain.plan import ResumeInfo
from rowkeep.domain.source import Source, Span
from rowkeep.errors import Misused
from rowkeep.parse import parse_section
from rowkeep.plan.names import find_migration, parse_target
from rowkeep.plan.resume import statement_step


@pytest.mark.parametrize(
    ("text", "aftermath", "index", "table"),
    [
        ("CREATE INDEX CONCURRENTLY i ON t (a)", ResumeInfo.BUILDS_INDEX, (None, "i"), (None, "t")),
        (
            'create unique index concurrently if not exists "I ""x" on only S."T" using btree (a)',
            ResumeInfo.BUILDS_INDEX,
            (None, 'I "x'),
            ("s", "T"),
        ),
        ("CREATE /**/ INDEX CONCURRENTLY Ix --b\n ON App.T (a)", ResumeInfo.BUILDS_INDEX, (None, "ix"), ("app", "t")),
        ("CREATE INDEX CONCURRENTLY ON t (a)", ResumeInfo.ASK, None, None),
        ("DROP INDEX CONCURRENTLY IF EXISTS s.i", ResumeInfo.DROPS_INDEX, ("s", "i"), None),
        ('DROP INDEX CONCURRENTLY "if"', ResumeInfo.DROPS_INDEX, (None, "if"), None),
        ("VACUUM (ANALYZE) t", ResumeInfo.REPEATABLE, None, None),
        ("REINDEX TABLE CONCURRENTLY t", ResumeInfo.REPEATABLE, None, None),
        ("ALTER SYSTEM SET work_mem = '1MB'", ResumeInfo.REPEATABLE, None, None),
        ("CREATE DATABASE d", ResumeInfo.ASK, None, None),
        ("ALTER TABLE t DETACH PARTITION p CONCURRENTLY", ResumeInfo.ASK, None, None),
    ],
)  # fmt: skip
def test_aftermath(
    text: str, aftermath: ResumeInfo, index: tuple[str | None, str] | None, table: tuple[str | None, str] | None
) -> None:
    source = Source("m.sql", text)
    (statement,) = parse_section(Section(source, Span(0, len(text)))).statements
    piece = statement_step(statement)
    assert piece.outside
    assert (piece.aftermath, piece.index, piece.table) == (aftermath, index, table)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        (None, (None, None)),
        ("0", (0, None)),
        ("12", (12, None)),
        ("1700000000000", (None, "1700000000000")),
        ("1_a", (None, "1_a")),
        ("1700000000000_add-users", (None, "1700000000000_add-users")),
    ],
)
def test_target(word: str | None, meant: tuple[int | None, str | None]) -> None:
    assert parse_target(word) == meant


@pytest.mark.parametrize("word", ["-1", "1.5", "+2", ".5"])
def test_no_target(word: str) -> None:
    with pytest.raises(Misused):
        parse_target(word)


def test_find() -> None:
    names = ["1_add-users", "2_add-orders"]
    assert find_migration("1_add-users", names, ()) == "1_add-users"
    with pytest.raises(Misused) as misused:
        find_migration("1_ad-users", names, ())
    assert misused.value.why == "did you mean 1_add-users or 2_add-orders?"
    with pytest.raises(Misused) as misused:
        find_migration("orders", names, ())
    assert misused.value.why == "did you mean 2_add-orders?"
