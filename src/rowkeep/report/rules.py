"""Rules in words: the page of one, the list of all."""

from __future__ import annotations

from collections.abc import Iterable

from rowkeep.domain.page import SECTIONS, Page
from rowkeep.domain.rule import Rule


def rule_text(rule: Rule, page: Page) -> str:
    """The page for the terminal, as Markdown."""
    rows = [f"# {rule.name} ({rule.code})", "", page.title, "", facts_text(rule)]
    for section in SECTIONS:
        if section in page.sections:
            rows += ["", f"## {section}", "", page.sections[section]]
    return "\n".join(rows)


def facts_text(rule: Rule) -> str:
    """Group, weight and the other tools' names."""
    weight = "off by default" if rule.promise.value == "style" else rule.severity.value
    facts = f"Promise: {rule.promise.value}. Severity: {weight}."
    if not rule.peers:
        return facts
    return f"{facts} Elsewhere:\n" + ",\n".join(f"`{peer}`" for peer in rule.peers) + "."


def claims_text(rule: Rule) -> tuple[str, ...]:
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


def rules_text(rules: Iterable[Rule], titles: dict[str, str]) -> str:
    """All rules, a line each."""
    listed = tuple(rules)
    width = max((len(rule.name) for rule in listed), default=0)
    return "\n".join(
        f"{rule.code}  {rule.name:<{width}}  {rule.promise.value:<13}  {rule.severity.value:<7}  {titles[rule.name]}"
        for rule in listed
    )


def rule_data(rule: Rule, page: Page) -> dict[str, object]:
    """A rule for `--output-format json`."""
    return {
        "name": rule.name,
        "code": rule.code,
        "promise": rule.promise.value,
        "severity": rule.severity.value,
        "title": page.title,
        "peers": list(rule.peers),
        "sections": page.sections,
    }
