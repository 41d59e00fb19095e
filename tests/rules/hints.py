"""The hints of the rules, and how their placeholders are filled in so that they can be parsed and run."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.rules.test_every import lint_example

from rowkeep import rules
from rowkeep.domain.lint.finding import Finding
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.files import read_text
from rowkeep.parse import parse_section

PLACEHOLDER = re.compile(r"<([a-z]+)>")
NEXT = re.compile(r"^-- in the next migration\b.*$", re.MULTILINE)

FILLED = {
    "attribute": "attribute",
    "bounds": "IN (1)",
    "column": "id",
    "columns": "id, id",
    "condition": "id > 0",
    "constraint": "some_constraint",
    "database": "some_database",
    "expression": "NULL",
    "from": "1",
    "index": "some_index",
    "key": "id",
    "partition": "some_partition",
    "name": "some_name",
    "policy": "some_policy",
    "query": "SELECT 1 AS id",
    "rights": "SELECT",
    "role": "some_role",
    "schema": "some_schema",
    "sequence": "some_sequence",
    "server": "some_server",
    "source": "some_source",
    "table": "some_table",
    "to": "5000",
    "type": "text",
    "value": "0",
    "values": "0",
}
"""Every placeholder that a hint may have, and SQL in its place."""


def fill(hint: str) -> str:
    """The hint with SQL for its placeholders. Raises KeyError for a placeholder that is not in the list."""
    return PLACEHOLDER.sub(lambda match: FILLED[match[1]], hint)


def split_migrations(sql: str) -> list[str]:
    """The migrations of a hint, as its comments separate them. The first is empty if the hint begins with one."""
    return [part.strip() for part in NEXT.split(sql)]


def find_problems(hint: str) -> list[str]:
    """What is wrong with a hint: it is neither SQL that parses nor a sentence."""
    if isinstance(hint, Sentence):
        wrong = {
            "several lines": "\n" in hint,
            "a full stop": hint.endswith("."),
            "a comment": hint.startswith("--"),
            "blanks around it": hint != hint.strip(),
        }
        return [name for name, is_so in wrong.items() if is_so]
    if "…" in hint:
        return ["an ellipsis: write a placeholder"]
    unknown = sorted({*PLACEHOLDER.findall(hint)} - {*FILLED})
    if unknown:
        return [f"unknown placeholders: {', '.join(unknown)}"]
    sql = fill(hint)
    migration = read_text("1_hint.sql", sql, "plain")
    assert migration is not None
    section = parse_section(migration.up)
    found = [problem.message for problem in section.problems]
    return found if section.statements else [*found, "no statement"]


@dataclass(frozen=True)
class Hint:
    """A finding of the rule in an unsafe example, with what stands before its statement in the example."""

    rule: Rule
    example: tuple[str, ...]
    finding: Finding
    lead: str

    @property
    def text(self) -> str:
        return self.finding.hint


@functools.cache  # two modules ask for them when they are collected
def collect_hints() -> tuple[Hint, ...]:
    """Each hint that the unsafe examples bring about."""
    return tuple(_collect_hints())


def _collect_hints() -> Iterator[Hint]:
    for rule in rules.every():
        for example in rules.page_of(rule).examples("Unsafe"):
            own = [finding for finding in lint_example(rule, example) if finding.rule == rule.name and finding.hint]
            for finding in {finding.hint: finding for finding in reversed(own)}.values():
                lead = example[-1][: finding.statement.start if finding.statement else 0]
                yield Hint(rule, example, finding, lead)
