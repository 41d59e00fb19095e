"""Whether a known index begins with certain columns."""

from __future__ import annotations

import re

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.operation import ConstraintKind, CreateIndex
from rowkeep.domain.schema.schema_state import Key, SchemaState
from rowkeep.domain.source import Source

_UNIQUE = (ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE)


def leads_index(known: SchemaState, key: Key, columns: frozenset[str]) -> bool:
    """Whether an index or a key of the table begins with the columns, in any order."""
    indexes = [index.columns for index in known.indexes.of(key)]
    table = known.tables.get(key)
    owned = [each.constraint for each in table.constraints if each.constraint.kind in _UNIQUE] if table else []
    indexes.extend(tuple(column.name for column in one.columns) for one in owned)
    return any(columns == set(each[: len(columns)]) for each in indexes)


def is_indexed(wanted: tuple[Key, frozenset[str]] | None, known: SchemaState) -> bool:
    """Whether the index that a violation asks for is there in the end."""
    return wanted is not None and leads_index(known, *wanted)


_ON = compile_later(
    r"INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?(?:(?!ON\s)(?:[\w$]+|\"[^\"]*\")\s+)?ON\s+"
    r"(?:[\w$]+|\"[^\"]*\")(?:\s*\.\s*(?:[\w$]+|\"[^\"]*\"))?\s*(?P<rest>(?:USING\b|\().*)",
    re.IGNORECASE | re.DOTALL,
)
_NOT_COPIED = compile_later(r"''|--|/\*|\$|\\")


def index_definition(operation: CreateIndex, source: Source) -> str:
    """Copy what a CREATE INDEX says after its table; `(<columns>)` where it cannot be copied in one line."""
    start, end = (operation.keyword.start, operation.span.end) if operation.keyword is not None else (0, 0)
    found = _ON.fullmatch(source.text[start:end].strip().removesuffix(";"))
    if found is None or _NOT_COPIED.search(found["rest"]):
        return "(<columns>)"
    parts = found["rest"].strip().split("'")
    if any("\n" in literal for literal in parts[1::2]):
        return "(<columns>)"
    return "'".join(part if number % 2 else re.sub(r"\s+", " ", part) for number, part in enumerate(parts))
