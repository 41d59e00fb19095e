"""Where comments, strings and bodies lie in an SQL text: enough to tell a marker from its look-alike.

Follows PostgreSQL's lexer (manual, 4.1) with standard_conforming_strings on: nested block comments, `E'…'`, `"…"`,
`$tag$…$tag$`. What is not closed reaches to the end of the text. The pieces cover the text without a gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Lexis(Enum):
    """What a stretch of SQL is."""

    CODE = "code"
    LINE_COMMENT = "comment"
    BLOCK_COMMENT = "block comment"
    STRING = "string"
    NAME = "quoted name"
    BODY = "dollar-quoted body"


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters `start` to `end` of a text are `kind`."""

    kind: Lexis
    start: int
    end: int


_OPENING = re.compile(
    r"""
      (?P<line>--[^\n\r]*)
    | (?P<block>/\*)
    | (?<![\w$])(?P<escaped>[eE]'(?:[^'\\]|\\.|'')*(?:'(?:\s*[\n\r]\s*'(?:[^'\\]|\\.|'')*(?:'|\Z))*|\Z))
    | (?P<string>'(?:[^']|'')*(?:'|\Z))
    | (?P<name>"(?:[^"]|"")*(?:"|\Z))
    | (?<![\w$])(?P<body>\$(?:[^\W\d]\w*)?\$)
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK = re.compile(r"/\*|\*/")
_KINDS = {
    "line": Lexis.LINE_COMMENT,
    "block": Lexis.BLOCK_COMMENT,
    "escaped": Lexis.STRING,
    "string": Lexis.STRING,
    "name": Lexis.NAME,
    "body": Lexis.BODY,
}


def pieces(text: str) -> Iterator[Piece]:
    """The stretches of `text` in order, without a gap."""
    at = 0
    while True:
        opening = _OPENING.search(text, at)
        if opening is None:
            break
        kind = _KINDS[opening.lastgroup or ""]
        end = opening.end()
        if kind is Lexis.BODY:
            closing = text.find(opening.group("body"), end)
            end = len(text) if closing == -1 else closing + len(opening.group("body"))
        elif kind is Lexis.BLOCK_COMMENT:
            end = _end_of_block(text, end)
        if opening.start() > at:
            yield Piece(Lexis.CODE, at, opening.start())
        yield Piece(kind, opening.start(), end)
        at = end
    if at < len(text):
        yield Piece(Lexis.CODE, at, len(text))


def _end_of_block(text: str, at: int) -> int:
    depth = 1
    while depth:
        mark = _BLOCK.search(text, at)
        if mark is None:
            return len(text)
        depth += 1 if mark.group() == "/*" else -1
        at = mark.end()
    return at


def first_code(text: str) -> int | None:
    """Where the first character that is neither blank nor comment stands; None where there is none."""
    for piece in pieces(text):
        if piece.kind in (Lexis.LINE_COMMENT, Lexis.BLOCK_COMMENT):
            continue
        shown = text[piece.start : piece.end]
        if shown.strip():
            return piece.start + len(shown) - len(shown.lstrip())
    return None
