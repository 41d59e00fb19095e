"""What holds for every rule: it has a page, its unsafe examples fire, its safe ones are silent, its names agree."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from rowkeep import rules
from rowkeep.analysis import LintOptions, analyze
from rowkeep.domain.lint.finding import Category, Finding, Severity
from rowkeep.domain.lint.rule import Rule, RuleHeader
from rowkeep.domain.lint.rule_page import SECTIONS
from rowkeep.domain.operation import DropColumn
from rowkeep.files import read_text

RULES = rules.every()
RETIRED = Path(__file__).parents[2] / "docs" / "rules" / "retired.txt"


def lint_example(rule: Rule, example: tuple[str, ...], *, given: bool = True) -> tuple[Finding, ...]:
    """Lint an example, after the SQL that it needs."""
    page = rules.page_of(rule)
    migrations = []
    texts = ([page.given_sql] if page.given_sql and given else []) + list(example)
    for number, text in enumerate(texts, 1):
        migration = read_text(f"{number}_example.sql", text, "node-pg-migrate")
        assert migration is not None
        migrations.append(migration)
    only = {migration.name for migration in migrations[-len(example) :]}
    off = rule.category is Category.STYLE or rule.severity is Severity.OFF
    select = ("all",) if off else ()
    return analyze(migrations, LintOptions(only=only, select=select)).findings


def cases(section: str) -> list[object]:
    return [
        pytest.param(rule, example, id=f"{rule.name}-{number}")
        for rule in RULES
        for number, example in enumerate(rules.page_of(rule).examples(section), 1)
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_has_a_page(rule: Rule) -> None:
    page = rules.page_of(rule)
    assert page.title.endswith("."), page.title
    assert len(page.title) <= 100
    assert set(page.sections) <= set(SECTIONS), f"unknown headings: {set(page.sections) - set(SECTIONS)}"
    for section in ("When", "Harm", "Unsafe", "Safe"):
        assert page.sections.get(section), f"no {section}"
    assert page.examples("Unsafe"), "no unsafe SQL"
    assert page.examples("Safe"), "no safe SQL"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_is_named_well(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.name), rule.name
    letter = {"data": "D", "lock": "L", "compatibility": "C", "repeat": "R", "security": "S", "transaction": "T"}
    assert re.fullmatch(letter.get(rule.category.value, "Y") + r"\d{3}", rule.code), rule.code
    assert all(re.fullmatch(r"[a-z_-]+:[A-Za-z0-9_-]+", peer) for peer in rule.peers), rule.peers
    assert rule.checks, "no check"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_has_its_header(rule: Rule) -> None:
    header = next((header for header in rules.headers() if header.name == rule.name), None)
    assert header is not None, "run `make docs`: rules/_headers.py does not have this rule"
    for name in RuleHeader.__slots__:
        assert getattr(header, name) == getattr(rule, name), f"run `make docs`: {name} differs in rules/_headers.py"
    assert header.operations == tuple(sorted(kind.__name__ for kind in rule.checks))


def test_lint_imports_only_the_rules_that_it_needs() -> None:
    """Those of the operations that occur, in the order of their codes."""
    script = (
        "import sys; from rowkeep.analysis.options import LintOptions, dispatch_rules;"
        "from rowkeep.domain.operation import DropColumn;"
        "checks = dispatch_rules(LintOptions())[DropColumn];"
        "print(*(rule.name for rule, _, _ in checks), sep=',');"
        "print(*sorted(name[14:].replace('_', '-') for name in sys.modules if name.startswith('rowkeep.rules.')"
        " and not name.startswith('rowkeep.rules._')), sep=',')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    dispatched, imported = (line.split(",") for line in done.stdout.splitlines())
    wanted = [rule.name for rule in RULES if DropColumn in rule.checks and rule.category is not Category.STYLE]
    assert dispatched == wanted
    assert imported == sorted(wanted)


def test_codes_are_never_reused() -> None:
    codes = [rule.code for rule in RULES]
    assert len(codes) == len(set(codes)), sorted(code for code in codes if codes.count(code) > 1)
    retired = {line.split()[0] for line in RETIRED.read_text().splitlines() if line and not line.startswith("#")}
    assert not retired & set(codes)


@pytest.mark.parametrize(("rule", "example"), cases("Unsafe"))
def test_the_unsafe_example_is_found(rule: Rule, example: tuple[str, ...]) -> None:
    if rule.witnessed:
        return  # tests/workflows/test_witness.py has a server run it
    of_rule = [finding for finding in lint_example(rule, example) if finding.rule == rule.name]
    assert of_rule, "the rule is silent"
    for finding in of_rule:
        assert finding.message
        assert not finding.message.endswith("."), finding.message
        assert finding.message[0].islower() or not finding.message[0].isalpha() or finding.message[:2].isupper()


@pytest.mark.parametrize(("rule", "example"), cases("Safe"))
def test_the_safe_example_is_silent(rule: Rule, example: tuple[str, ...]) -> None:
    findings = lint_example(rule, example)
    assert rule.name not in {finding.rule for finding in findings if finding.allowed is None}
    errors = [finding for finding in findings if finding.severity is Severity.ERROR and finding.allowed is None]
    assert not errors, [f"{finding.rule}: {finding.message}" for finding in errors]


@pytest.mark.parametrize(("rule", "example"), cases("Unsafe"))
def test_an_edit_lies_in_the_file_and_silences_its_rule(rule: Rule, example: tuple[str, ...]) -> None:
    if len(example) != 1:
        return
    (text,) = example
    edits = [edit for finding in lint_example(rule, example) if finding.rule == rule.name for edit in finding.edits]
    if not edits:
        return
    for edit in sorted(edits, key=lambda each: each.span, reverse=True):
        assert 0 <= edit.span.start <= edit.span.end <= len(text)
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    assert rule.name not in {finding.rule for finding in lint_example(rule, (text,))}, text
