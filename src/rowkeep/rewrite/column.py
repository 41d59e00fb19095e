"""A column's definition cut into its parts: what stays at the column, and what can be a constraint of the table."""

from __future__ import annotations

import re

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.operation import AddColumn, ConstraintKind
from rowkeep.domain.statement import Statement
from rowkeep.parse.text.lexer import Token, TokenKind, read_tokens

_STARTS = frozenset(
    {"CONSTRAINT", "NOT", "NULL", "CHECK", "DEFAULT", "GENERATED", "UNIQUE", "PRIMARY", "REFERENCES", "COLLATE"}
)
_OF_TABLE = {
    "REFERENCES": ConstraintKind.FOREIGN_KEY,
    "CHECK": ConstraintKind.CHECK,
    "UNIQUE": ConstraintKind.UNIQUE,
    "PRIMARY": ConstraintKind.PRIMARY_KEY,
}
_NULLS = compile_later(r"\s*(?:KEY\b)?(?P<nulls>\s*NULLS\s+(?:NOT\s+)?DISTINCT)?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MovedConstraint:
    """A clause that says of the table what the column said."""

    kind: ConstraintKind
    text: str


@dataclass(frozen=True, slots=True)
class ColumnPart:
    """A part of a column definition after the type. name: given by CONSTRAINT. rest: the text after its `word`."""

    start: int
    word: str
    name: str
    text: str
    rest: str


def column_parts(operation: AddColumn, statement: Statement) -> tuple[str, tuple[MovedConstraint, ...]] | None:
    """ADD COLUMN without what can be said of the table, and the clauses that say it.

    None where nothing can, and where the definition contains a comment, which would have to be split, too.
    """
    parts = split_definition(operation, statement)
    if not parts:
        return None
    kept = [statement.source.text[operation.span.start : parts[0].start].rstrip()]
    kept += [part.text for part in parts if part.word not in _OF_TABLE]
    moved = tuple(_moved_constraint(part, str(operation.column.name)) for part in parts if part.word in _OF_TABLE)
    return (" ".join(kept), moved) if moved else None


def split_definition(operation: AddColumn, statement: Statement) -> tuple[ColumnPart, ...]:
    """The parts of a column after its type, in order; none where there is a comment among them."""
    text = statement.source.text
    words = _words(text, operation.column.span.start, operation.column.span.end)
    if words is None:
        return ()
    found = _starts(text, words)
    ends = [*(start for start, *_ in found[1:]), operation.column.span.end]
    return tuple(
        ColumnPart(start, word, name, text[start:end].strip(), text[rest:end].rstrip())
        for (start, word, name, rest), end in zip(found, ends, strict=False)
    )


def _words(text: str, start: int, end: int) -> list[Token] | None:
    """The tokens outside of parentheses; None where a comment is among them."""
    depth = 0
    found: list[Token] = []
    for token in read_tokens(text, start, end):
        said = text[token.start : token.end]
        if token.kind is TokenKind.COMMENT:
            return None
        if said in (")", "]"):
            depth -= 1
        if depth == 0 and token.kind is not TokenKind.BLANK:
            found.append(token)
        if said in ("(", "["):
            depth += 1
    return found


def _starts(text: str, words: list[Token]) -> list[tuple[int, str, str, int]]:
    """Where each part begins, what it is, what CONSTRAINT calls it, and where its word ends."""
    said = [text[token.start : token.end].upper() if token.kind is TokenKind.WORD else "" for token in words]
    said += ["", "", ""]
    found: list[tuple[int, str, str, int]] = []
    at = 2
    while at < len(words):
        start, name = at, ""
        if said[at] == "CONSTRAINT" and at + 2 < len(words):
            name = text[words[at + 1].start : words[at + 1].end]
            at += 2
        word = said[at]
        # NOT DEFERRABLE, SET NULL and SET DEFAULT belong to the part before them.
        begins = word in _STARTS and said[at - 1] != "SET" and not (word == "NOT" and said[at + 1] != "NULL")
        if begins:
            found.append((words[start].start, word, name, words[at].end))
        at += 2 if word == "NOT" else 1
    return found


def _moved_constraint(part: ColumnPart, column: str) -> MovedConstraint:
    rest = part.rest
    kind = _OF_TABLE[part.word]
    named = f"ADD CONSTRAINT {part.name} {kind.value}" if part.name else f"ADD {kind.value}"
    if kind is ConstraintKind.FOREIGN_KEY:
        return MovedConstraint(kind, f"{named} ({column}) REFERENCES{rest}")
    if kind is ConstraintKind.CHECK:
        return MovedConstraint(kind, f"{named}{rest}")
    found = _NULLS.match(rest)
    nulls, tail = ((found["nulls"] or "").strip(), rest[found.end() :]) if found else ("", rest)
    return MovedConstraint(kind, " ".join(each for each in (named, nulls, f"({column})", tail) if each))
