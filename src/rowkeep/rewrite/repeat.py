"""The same change with IF [NOT] EXISTS, so that it may run again."""

from __future__ import annotations

import re

from rowkeep.domain.act import Act, AddColumn, CreateIndex, CreateTable, DropColumn, DropConstraint, DropObject
from rowkeep.domain.finding import Edit
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Statement
from rowkeep.knowledge.keywords import quoted
from rowkeep.rewrite.ground import Ground
from rowkeep.rewrite.naming import default_index
from rowkeep.rewrite.recipe import Recipe

_DROP = re.compile(
    r"DROP\s+(?:MATERIALIZED\s+VIEW|FOREIGN\s+TABLE|TABLE|VIEW|SEQUENCE|SCHEMA|TYPE|DOMAIN|INDEX(?:\s+CONCURRENTLY)?)\b",
    re.IGNORECASE,
)
_PATTERNS: dict[type[Act], tuple[re.Pattern[str], str]] = {
    CreateTable: (re.compile(r"CREATE\s+(?:UNLOGGED\s+)?TABLE\b", re.IGNORECASE), " IF NOT EXISTS"),
    AddColumn: (re.compile(r"ADD(?:\s+COLUMN)?\b", re.IGNORECASE), " IF NOT EXISTS"),
    DropColumn: (re.compile(r"DROP(?:\s+COLUMN)?\b", re.IGNORECASE), " IF EXISTS"),
    DropConstraint: (re.compile(r"DROP\s+CONSTRAINT\b", re.IGNORECASE), " IF EXISTS"),
    DropObject: (_DROP, " IF EXISTS"),
}


def repeat(act: Act, statement: Statement, told: Ground) -> Recipe | None:
    """Where the words go; None where they do not fit.

    An index gets the name that PostgreSQL would have given it: without one a second run builds a second index.
    """
    if isinstance(act, CreateIndex):
        name = default_index(act) if act.index is None else ""
        if act.keyword is None or act.if_not_exists or (act.index is None and not (name and told.is_free(name, 1))):
            return None
        text, at = statement.source.text, act.keyword.end
        found = re.compile(r"\s+CONCURRENTLY\b", re.IGNORECASE).match(text, at)
        at = found.end() if found else at
        return Recipe((Edit(Span(at, at), f" IF NOT EXISTS {quoted(name)}" if name else " IF NOT EXISTS"),))
    pattern, words = _PATTERNS.get(type(act), (None, ""))
    if pattern is None:
        return None
    match = pattern.match(statement.source.text, act.span.start)
    if match is None:
        return None
    return Recipe((Edit(Span(match.end(), match.end()), words),))
