"""Rules in words: the page of one, the list of all."""

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
    """Group, weight and the other tools' names."""
    weight = "off by default" if rule.category.value == "style" else rule.severity.value
    facts = f"Promise: {rule.category.value}. Severity: {weight}."
    if not rule.peers:
        return facts
    return f"{facts} Elsewhere:\n" + ",\n".join(f"`{peer}`" for peer in rule.peers) + "."


def format_claims(rule: Rule) -> tuple[str, ...]:
    """What the first unsafe example does to its table, as the tests measure it."""
    found = []
    for claim in rule.claims:
        parts = [f"takes `{claim.lock.sql}` on `{claim.on}`" if claim.lock else f"takes no lock on `{claim.on}`"]
        parts += ["stores it anew"] if claim.rewrites else []
        parts += ["reads it from end to end"] if claim.scans else []
        parts = [f"is refused with SQLSTATE {claim.fails}"] if claim.fails else parts
        majors = f" (PostgreSQL {', '.join(map(str, claim.majors))})" if claim.majors else ""
        found.append(" and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]])) + majors)
    return tuple(found)


def format_rules(rules: Iterable[Rule], titles: dict[str, str]) -> str:
    """All rules, a line each."""
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
