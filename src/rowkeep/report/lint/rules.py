"""Rules as text and JSON: the page of one rule, the list of all."""

from __future__ import annotations

from collections.abc import Iterable

from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.lint.rule_page import SECTIONS, RulePage


def format_rule(rule: Rule, page: RulePage) -> str:
    """The page for the terminal, as Markdown."""
    rows = [f"# {rule.name} ({rule.code})", "", page.title, "", format_facts(rule)]
    for section in SECTIONS:
        if section in page.sections:
            rows += ["", f"## {section}", "", page.sections[section]]
    return "\n".join(rows)


def format_facts(rule: Rule) -> str:
    """Category, severity, and the rule's names in other tools."""
    severity = "off by default" if rule.category.value == "style" else rule.severity.value
    facts = f"Category: {rule.category.value}. Severity: {severity}."
    if not rule.peers:
        return facts
    return f"{facts} Elsewhere:\n" + ",\n".join(f"`{peer}`" for peer in rule.peers) + "."


def format_claims(rule: Rule) -> tuple[str, ...]:
    """What the first unsafe example does to its table, as measured by the tests."""
    claims = []
    for claim in rule.claims:
        parts = [f"takes `{claim.lock.sql}` on `{claim.on}`" if claim.lock else f"takes no lock on `{claim.on}`"]
        parts += ["rewrites it"] if claim.rewrites else []
        parts += ["scans it"] if claim.scans else []
        parts = [f"fails with SQLSTATE {claim.fails}"] if claim.fails else parts
        majors = f" (PostgreSQL {', '.join(map(str, claim.majors))})" if claim.majors else ""
        claims.append(" and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]])) + majors)
    return tuple(claims)


def format_rules(rules: Iterable[Rule], titles: dict[str, str]) -> str:
    """All rules, one per line."""
    listed = tuple(rules)
    width = max((len(rule.name) for rule in listed), default=0)
    return "\n".join(
        f"{rule.code}  {rule.name:<{width}}  {rule.category.value:<13}  {rule.severity.value:<7}  {titles[rule.name]}"
        for rule in listed
    )


def serialize_rule(rule: Rule, page: RulePage) -> dict[str, object]:
    """A rule for `--output-format json`."""
    return {
        "name": rule.name,
        "code": rule.code,
        "category": rule.category.value,
        "severity": rule.severity.value,
        "title": page.title,
        "peers": list(rule.peers),
        "sections": page.sections,
    }
