"""Every hint is SQL that parses, or a sentence; and a hint in SQL is not itself what the rule finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.rules.hints import Hint, collect_hints, fill, find_problems, split_migrations

from rowkeep import rules
from rowkeep.analysis import LintOptions, analyze
from rowkeep.domain.lint.finding import Category, Finding, Severity
from rowkeep.domain.lint.hint import Sentence, suggest_allow
from rowkeep.files import read_text

CORPUS = Path(__file__).parents[1] / "corpus"
HINTS = collect_hints()
SQL_HINTS = [hint for hint in HINTS if not isinstance(hint.text, Sentence)]


def of_corpus() -> list[Finding]:
    """The findings with a hint in the migrations of the corpus, every rule on, one for each text of a hint."""
    findings = {}
    for path in sorted(CORPUS.rglob("*.sql")):
        migration = read_text(f"1_{path.stem}.sql", path.read_text(encoding="utf-8"), "plain")
        assert migration is not None
        for finding in analyze([migration], LintOptions(select=("all",))).findings:
            if finding.hint:
                findings[finding.rule, finding.hint] = finding
    return list(findings.values())


@pytest.mark.parametrize("hint", HINTS, ids=lambda hint: hint.rule.name)
def test_a_hint_is_sql_or_a_sentence(hint: Hint) -> None:
    assert not find_problems(hint.text), hint.text


def test_the_hints_of_the_corpus_are_sql_or_sentences() -> None:
    findings = of_corpus()
    assert len({finding.rule for finding in findings}) > 100
    wrong = [
        f"{finding.rule}: {find_problems(finding.hint)}\n{finding.hint}"
        for finding in findings
        if find_problems(finding.hint)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_rule_has_a_hint() -> None:
    """Except a syntax error: nobody knows what it was meant to be."""
    with_hint = {hint.rule.name for hint in HINTS}
    without = {rule.name for rule in rules.every() if not rule.witnessed} - with_hint
    assert without == {"syntax-error"}


def test_most_hints_are_sql() -> None:
    assert len(SQL_HINTS) > len(HINTS) / 2


@pytest.mark.parametrize("hint", SQL_HINTS, ids=lambda hint: hint.rule.name)
def test_a_hint_is_not_found_by_its_rule(hint: Hint) -> None:
    """In the place of the statement, or after the example where it continues it."""
    remaining = []
    for before in ((*hint.example[:-1], hint.lead), (*hint.example,)):
        first, *later = split_migrations(fill(hint.text))
        texts = [*before[:-1], f"{before[-1]}\n{first}", *later]
        start = len(before[-1])
        given = rules.page_of(hint.rule).given_sql
        names = [f"{number}_x.sql" for number in range(1, len(texts) + 2)]
        migrations = [
            migration
            for name, text in zip(names, [given, *texts], strict=True)
            if (migration := read_text(name, text, "node-pg-migrate")) is not None
        ]
        off = hint.rule.category is Category.STYLE or hint.rule.severity is Severity.OFF
        own = {migration.name for migration in migrations[-len(later) - 1 :]}
        options = LintOptions(only=own, select=("all",) if off else ())
        remaining = [
            finding
            for finding in analyze(migrations, options).findings
            if finding.rule == hint.rule.name
            and finding.severity.weight >= hint.finding.severity.weight
            and (finding.migration != migrations[-len(later) - 1].name or finding.span.start >= start)
        ]
        if not remaining:
            return
    assert not remaining, f"{[finding.message for finding in remaining]}\n{hint.text}"


def test_what_a_hint_must_not_be() -> None:
    assert find_problems("ALTER TABLE t ADD COLUMN …;")
    assert find_problems("ALTER TABLE t ADD COLUMN <whatever> text;")
    assert find_problems("ALTER TABEL t ADD COLUMN a text;")
    assert find_problems("-- in the next migration, and the statement in it")
    assert find_problems(Sentence("-- in the next migration"))
    assert not find_problems("ALTER TABLE t ADD COLUMN <column> <type>;")
    assert not find_problems(suggest_allow("when nobody uses it", "drop-table"))
