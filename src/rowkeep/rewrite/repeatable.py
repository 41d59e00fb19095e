"""The same change with IF [NOT] EXISTS, so that it may run again."""

from __future__ import annotations

import re

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.lint.finding import TextEdit
from rowkeep.domain.operation import (
    AddColumn,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropObject,
    Operation,
)
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Statement
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.rewrite.naming import default_index
from rowkeep.rewrite.recipe import Recipe
from rowkeep.rewrite.schema_before import SchemaBefore

_DROP = compile_later(
    r"DROP\s+(?:MATERIALIZED\s+VIEW|FOREIGN\s+TABLE|TABLE|VIEW|SEQUENCE|SCHEMA|TYPE|DOMAIN|INDEX(?:\s+CONCURRENTLY)?)\b",
    re.IGNORECASE,
)
_PATTERNS: dict[type[Operation], tuple[re.Pattern[str], str]] = {
    CreateTable: (compile_later(r"CREATE\s+(?:UNLOGGED\s+)?TABLE\b", re.IGNORECASE), " IF NOT EXISTS"),
    AddColumn: (compile_later(r"ADD(?:\s+COLUMN)?\b", re.IGNORECASE), " IF NOT EXISTS"),
    DropColumn: (compile_later(r"DROP(?:\s+COLUMN)?\b", re.IGNORECASE), " IF EXISTS"),
    DropConstraint: (compile_later(r"DROP\s+CONSTRAINT\b", re.IGNORECASE), " IF EXISTS"),
    DropObject: (_DROP, " IF EXISTS"),
}


def make_repeatable(operation: Operation, statement: Statement, schema_before: SchemaBefore) -> Recipe | None:
    """Where the words go; None where they do not fit.

    An index gets the name that PostgreSQL would have given it: without one a second run builds a second index.
    """
    if isinstance(operation, CreateIndex):
        name = default_index(operation) if operation.index is None else ""
        if (
            operation.keyword is None
            or operation.if_not_exists
            or (operation.index is None and not (name and schema_before.is_free(name, 1)))
        ):
            return None
        text, at = statement.source.text, operation.keyword.end
        found = re.compile(r"\s+CONCURRENTLY\b", re.IGNORECASE).match(text, at)
        at = found.end() if found else at
        return Recipe((TextEdit(Span(at, at), f" IF NOT EXISTS {quote_name(name)}" if name else " IF NOT EXISTS"),))
    pattern, words = _PATTERNS.get(type(operation), (None, ""))
    if pattern is None:
        return None
    match = pattern.match(statement.source.text, operation.span.start)
    if match is None:
        return None
    return Recipe((TextEdit(Span(match.end(), match.end()), words),))
