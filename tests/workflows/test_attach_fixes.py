"""The edits in `json` and SARIF: each answers its finding and raises none, and they cost no second pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from rowkeep import analysis as judging
from rowkeep import rules
from rowkeep.analysis import LintOptions
from rowkeep.analysis.analyzer import Analyzer
from rowkeep.config import Settings
from rowkeep.domain.lint.finding import Category, Finding, LintResult, Severity, TextEdit
from rowkeep.domain.migration import Directory, Migration
from rowkeep.files import read_text
from rowkeep.files.select import Selection
from rowkeep.parse import sql_section
from rowkeep.workflows.attach_fixes import FixFinder
from rowkeep.workflows.lint_selections import analyze_selections

TABLE = "CREATE TABLE orders (id bigint PRIMARY KEY, email text, n int);\nCREATE INDEX orders_n ON orders (n);\n"
MIXED = (
    "CREATE TABLE x (a int);\r\nALTER TABLE orders ADD COLUMN y int, DROP COLUMN n;\r\nDROP TABLE orders;\r\n",
    "ALTER TABLE orders ADD COLUMN y int;\nCREATE INDEX ON orders (y);\nDROP INDEX orders_n;\n",
    "CREATE INDEX ON orders (email)",
    "-- Up Migration\nDROP INDEX orders_n;\n-- Down Migration\nCREATE INDEX orders_n ON orders (n);\n",
    "-- Up Migration\nDROP TABLE orders;\n-- Down Migration\nCREATE TABLE orders (id int);\nDROP TABLE y;\n",
)


def migrations(*texts: str) -> tuple[Migration, ...]:
    found = [read_text(f"m/{number}_x.sql", text, "node-pg-migrate") for number, text in enumerate(texts, 1)]
    return tuple(each for each in found if each is not None)


def result(texts: Sequence[str], *, fixes: FixFinder | None) -> LintResult:
    """On the last of `texts`."""
    read = migrations(*texts)
    selection = Selection(Directory("m", "node-pg-migrate", read), (read[-1],))
    found = analyze_selections((selection,), LintOptions(), Settings(), fixes)
    return found if fixes is None else fixes.attach(found)


def applied(text: str, edits: Sequence[TextEdit]) -> str:
    for edit in sorted(edits, key=lambda each: each.span, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def weights(found: Sequence[Finding], rule: str) -> int:
    return sum(each.rule == rule and each.allowed is None for each in found)


EXAMPLES = [
    *(
        pytest.param((page.given_sql, *example) if page.given_sql else example, id=f"{rule.name}-{number}")
        for rule in rules.every()
        for page in (rules.page_of(rule),)
        for number, example in enumerate(page.examples("Unsafe"), 1)
    ),
    *(pytest.param((TABLE, text), id=f"mixed-{number}") for number, text in enumerate(MIXED, 1)),
]


@pytest.mark.parametrize("texts", EXAMPLES)
def test_a_fix_answers_its_finding_and_raises_none(texts: tuple[str, ...]) -> None:
    before = result(texts, fixes=FixFinder(14))
    for finding in before.findings:
        if not finding.fix:
            continue
        after = result((*texts[:-1], applied(texts[-1], finding.fix)), fixes=None)
        assert weights(after.findings, finding.rule) < weights(before.findings, finding.rule), finding
        graver = [each for each in after.counting if each.severity.weight >= Severity.WARNING.weight]
        for each in graver:
            # What is retired breaks the running application no more than its drop.
            if each.category is not Category.COMPATIBILITY:
                assert weights(after.findings, each.rule) <= weights(before.findings, each.rule), each


def test_there_are_fixes_of_each_kind() -> None:
    found = {
        (each.rule, "CONCURRENTLY" in each.fix[0].text, "retired" in each.fix[0].text)
        for texts in ((TABLE, text) for text in MIXED)
        for each in result(texts, fixes=FixFinder(14)).findings
        if each.fix
    }
    assert {("drop-table", False, True), ("index-blocks-writes", True, False)} <= found
    assert ("create-table-not-repeatable", False, False) in found


def test_fixes_cost_no_second_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each migration is analyzed once and each section parsed once, however the result is printed."""
    count = {"analyzed": 0, "parsed": 0}
    judge_one, take = Analyzer.migration, sql_section.parse_text

    def counted(self: Analyzer, *given: object, **named: object) -> None:
        count["analyzed"] += 1
        judge_one(self, *given, **named)  # type: ignore[arg-type]

    def parsed(*given: object, **named: object) -> object:
        count["parsed"] += 1
        return take(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Analyzer, "migration", counted)
    monkeypatch.setattr(sql_section, "parse_text", parsed)
    texts = [f"CREATE TABLE t{number} (a int);\nCREATE INDEX ON t{number} (a);\n" for number in range(50)]
    texts += [f"ALTER TABLE t{number} ADD CHECK (a > 0), ADD b int;\n" for number in range(50)]
    # Read twice, as a section that was parsed before is not parsed again.
    first, second = (
        (Selection(Directory("m", "node-pg-migrate", read), read),) for read in (migrations(*texts) for _ in range(2))
    )
    plain = analyze_selections(first, LintOptions(), Settings())
    assert count == {"analyzed": 100, "parsed": 100}
    fixes = FixFinder(14)
    assert replace(fixes.attach(analyze_selections(second, LintOptions(), Settings(), fixes)), findings=()) == replace(
        plain, findings=()
    )
    assert len(fixes.fixes) >= 50
    assert count == {"analyzed": 200, "parsed": 200}


def test_names_of_applied_migrations_count() -> None:
    """With a database what it has is not analyzed, but an index of that name is still there."""
    read = migrations("CREATE TABLE o (a int);\nCREATE INDEX o_a_idx ON o (a);", "CREATE INDEX ON o (a);")
    fixes = FixFinder(14)
    fixes.begin(Directory("m", "node-pg-migrate", read))
    judging.analyze(read[1:], LintOptions(), (), fixes.on_section)
    assert not any(rule == "create-index-not-repeatable" for _, rule, _ in fixes.fixes)
