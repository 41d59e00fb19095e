"""The text of a migration from planned changes: header, statements, and drops that are commented out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rowkeep.domain.late_regex import compile_later
from rowkeep.report.text.visible import make_visible
from rowkeep.structure.sql import ChangeVerb, ObjectChange

_REPEATABLE = (
    (r"CREATE (?:UNLOGGED )?TABLE ", "IF NOT EXISTS "),
    (r"CREATE (?:UNLOGGED )?SEQUENCE ", "IF NOT EXISTS "),
    (r"CREATE (?:UNIQUE )?INDEX ", "IF NOT EXISTS "),
    (r"CREATE (?:SCHEMA|EXTENSION|MATERIALIZED VIEW|STATISTICS|COLLATION) ", "IF NOT EXISTS "),
    (r"CREATE (?=(?:VIEW|TRIGGER|AGGREGATE) )", "OR REPLACE "),
    (r"ALTER TYPE (?:\S|\"(?:[^\"]|\"\")*\")+ ADD VALUE ", "IF NOT EXISTS "),
    (r"ALTER TABLE (?:[^\s\"]|\"(?:[^\"]|\"\")*\")+ ADD COLUMN ", "IF NOT EXISTS "),
    (r"ALTER TABLE (?:[^\s\"]|\"(?:[^\"]|\"\")*\")+ DROP (?:COLUMN|CONSTRAINT) ", "IF EXISTS "),
    (r"ALTER TYPE (?:[^\s\"]|\"(?:[^\"]|\"\")*\")+ DROP ATTRIBUTE ", "IF EXISTS "),
    (
        (
            r"DROP (?:TABLE|VIEW|MATERIALIZED VIEW|SEQUENCE|INDEX|FUNCTION|PROCEDURE|AGGREGATE|TYPE|DOMAIN|SCHEMA"
            r"|TRIGGER|RULE|POLICY|EXTENSION|STATISTICS|COLLATION|OPERATOR(?! CLASS)|CAST|PUBLICATION|EVENT TRIGGER"
            r"|TEXT SEARCH (?:CONFIGURATION|DICTIONARY)) "
        ),
        "IF EXISTS ",
    ),
)
"""Where a statement takes a word with which it may run again."""
COMMENTED_OUT = "-- Commented out: rows or values may go with it. Uncomment it, or use --allow-drops."
_ALREADY = compile_later(r"\s*(?:IF (?:NOT )?EXISTS|OR REPLACE)")


def make_repeatable_text(statement: str) -> str:
    """The statement with IF [NOT] EXISTS or OR REPLACE, where it has a place for one."""
    for pattern, words in _REPEATABLE:
        found = re.match(pattern, statement)
        if found is not None and not _ALREADY.match(statement, found.end()):
            return f"{statement[: found.end()]}{words}{statement[found.end() :]}"
    return statement


def compose_part(
    changes: Sequence[ObjectChange], *, allow_drops: bool, repeatable: bool = False, unchecked: bool = False
) -> tuple[str, int, tuple[str, ...]]:
    """One direction: its text, how many statements it runs, and the drops that are commented out.

    repeatable: with IF [NOT] EXISTS. unchecked: the server does not read the bodies of functions in SQL, which may use
    what is created later; a migration with that setting cannot be divided into safe steps.
    """
    lines: list[str] = []
    drops: list[str] = []
    count = 0
    if unchecked and creates_sql_function(changes):
        lines.append("-- What a function calls may come after it.\nSET LOCAL check_function_bodies = off;")
    for change in changes:
        for statement in change.statements:
            if change.holds_data and not allow_drops:
                # One line, whatever is in the name: a line of it could be read as a marker.
                text = make_visible(" ".join(statement.split("\n")))
                drops.append(text)
                lines.append(f"{COMMENTED_OUT}\n-- {text};")
                continue
            count += 1
            lines.append(f"{make_repeatable_text(statement) if repeatable else statement};")
    return "\n".join(lines) + "\n" if lines else "", count, tuple(drops)


def creates_sql_function(changes: Sequence[ObjectChange]) -> bool:
    """Whether a function in SQL is created beside other objects, which its body may use."""
    functions = [
        change
        for change in changes
        if change.kind in ("function", "procedure")
        and change.verb in (ChangeVerb.CREATE, ChangeVerb.CHANGE)
        and any("\n LANGUAGE sql\n" in statement for statement in change.statements)
    ]
    return bool(functions) and len(changes) > len(functions)
