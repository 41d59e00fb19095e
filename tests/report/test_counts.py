"""No message says “1 attempts”: a count and its word come from `count_text` or `form`."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import rowkeep
from rowkeep.domain.count import count_text, plural_form

ROOT = Path(rowkeep.__file__).parent
COUNTED = (
    "attempts|tries|migrations|statements|rows|values|tables|columns|objects|roles|standbys|sessions|findings|"
    "lines|batches|indexes|databases|backups|errors|warnings|items|schemas|sequences|entries|partitions|notes|"
    "triggers|files|remarks|others|characters|functions|queries|processes|programs"
)
PLURAL = re.compile(rf"\A (?:more )?(?:{COUNTED})\b")
A_NUMBER = re.compile(r"len\(|count|number|tries|attempts|more|total|size|\bn\b", re.IGNORECASE)

ALWAYS_MANY = {
    # At least two by the way that leads there, or a limit that is a constant.
    ("plan/objections.py", "len(gone)"),
    ("files/layouts/node_pg_migrate.py", "len(migration.name)"),
}


def written() -> list[tuple[str, str, str]]:
    """Every `{number} plural` of an f-string in the package: file, expression, words."""
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.JoinedStr):
                continue
            for value, after in zip(node.values, node.values[1:], strict=False):
                if isinstance(value, ast.FormattedValue) and isinstance(after, ast.Constant):
                    expression, words = ast.unparse(value.value), str(after.value)
                    if PLURAL.match(words) and A_NUMBER.search(expression) and "count_text" not in expression:
                        found.append((path.relative_to(ROOT).as_posix(), expression, words))
    return found


def test_every_count_bends_its_word() -> None:
    assert [each for each in written() if each[:2] not in ALWAYS_MANY] == []


def test_the_exceptions_are_still_there() -> None:
    assert {each[:2] for each in written()} == ALWAYS_MANY


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 attempts"), (1, "1 attempt"), (2, "2 attempts"), (12345, "12,345 attempts")]
)
def test_count_text(count: int, said: str) -> None:
    assert count_text(count, "attempt") == said


def test_form_bends_a_verb() -> None:
    assert [f"{count} {plural_form(count, 'is', 'are')} pending" for count in (1, 2)] == [
        "1 is pending",
        "2 are pending",
    ]
