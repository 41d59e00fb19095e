"""A column's definition cut into its parts: what stays at the column, and what can be a constraint of the table."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rowkeep.domain.act import AddColumn, ConstraintKind
from rowkeep.domain.statement import Statement
from rowkeep.parse.lexer import Kind, Token, tokens

_STARTS = frozenset(
    {"CONSTRAINT", "NOT", "NULL", "CHECK", "DEFAULT", "GENERATED", "UNIQUE", "PRIMARY", "REFERENCES", "COLLATE"}
)
_OF_TABLE = {
    "REFERENCES": ConstraintKind.FOREIGN_KEY,
    "CHECK": ConstraintKind.CHECK,
    "UNIQUE": ConstraintKind.UNIQUE,
    "PRIMARY": ConstraintKind.PRIMARY_KEY,
}
_NULLS = re.compile(r"\s*(?:KEY\b)?(?P<nulls>\s*NULLS\s+(?:NOT\s+)?DISTINCT)?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Moved:
    """A clause that says of the table what the column said."""

    kind: ConstraintKind
    text: str


@dataclass(frozen=True, slots=True)
class _Part:
    """start: where it begins; word: what it is; name: what CONSTRAINT calls it; rest: behind the word."""

    start: int
    word: str
    name: str
    rest: int


def column_parts(act: AddColumn, statement: Statement) -> tuple[str, tuple[Moved, ...]] | None:
    """ADD COLUMN without what can be said of the table, and the clauses that say it.

    None where nothing can, and where a comment stands in the definition, which would have to be cut, too.
    """
    text = statement.source.text
    words = _words(text, act.column.span.start, act.column.span.end)
    if words is None:
        return None
    parts = _parts(text, words)
    if not parts:
        return None
    ends = [*(part.start for part in parts[1:]), act.span.end]
    kept = text[act.span.start : parts[0].start].rstrip()
    moved: list[Moved] = []
    for part, end in zip(parts, ends, strict=True):
        if part.word not in _OF_TABLE:
            kept += f" {text[part.start : end].strip()}"
        else:
            moved.append(_moved(part, text[part.rest : end].rstrip(), str(act.column.name)))
    return (kept, tuple(moved)) if moved else None


def _words(text: str, start: int, end: int) -> list[Token] | None:
    """The tokens outside of parentheses; None where a comment is among them."""
    depth = 0
    found: list[Token] = []
    for token in tokens(text, start, end):
        said = text[token.start : token.end]
        if token.kind is Kind.COMMENT:
            return None
        if said in (")", "]"):
            depth -= 1
        if depth == 0 and token.kind is not Kind.BLANK:
            found.append(token)
        if said in ("(", "["):
            depth += 1
    return found


def _parts(text: str, words: list[Token]) -> list[_Part]:
    """What stands behind the column's name and type."""
    said = [text[token.start : token.end].upper() if token.kind is Kind.WORD else "" for token in words]
    said += ["", "", ""]
    found: list[_Part] = []
    at = 2
    while at < len(words):
        start, name = at, ""
        if said[at] == "CONSTRAINT" and at + 2 < len(words):
            name = text[words[at + 1].start : words[at + 1].end]
            at += 2
        word = said[at]
        # NOT DEFERRABLE, SET NULL and SET DEFAULT belong to what stands before them.
        begins = word in _STARTS and said[at - 1] != "SET" and not (word == "NOT" and said[at + 1] != "NULL")
        if begins:
            found.append(_Part(words[start].start, word, name, words[at].end))
        at += 2 if word == "NOT" else 1
    return found


def _moved(part: _Part, rest: str, column: str) -> Moved:
    kind = _OF_TABLE[part.word]
    named = f"ADD CONSTRAINT {part.name} {kind.value}" if part.name else f"ADD {kind.value}"
    if kind is ConstraintKind.FOREIGN_KEY:
        return Moved(kind, f"{named} ({column}) REFERENCES{rest}")
    if kind is ConstraintKind.CHECK:
        return Moved(kind, f"{named}{rest}")
    found = _NULLS.match(rest)
    nulls, tail = ((found["nulls"] or "").strip(), rest[found.end() :]) if found else ("", rest)
    return Moved(kind, " ".join(each for each in (named, nulls, f"({column})", tail) if each))
