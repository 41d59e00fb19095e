"""Splits a text into code, comments, strings and dollar-quoted bodies, to find markers and directives in comments.

Follows PostgreSQL's lexer (manual, 4.1) with standard_conforming_strings on: nested block comments, `E'…'`, `"…"`,
`$tag$…$tag$`. What is not closed extends to the end of the text. The pieces cover the text without a gap.

It does not split code into tokens as `parse/text/lexer.py` does: whole files are read here, before it is known which
part is SQL at all, and `files/` finds sections without the parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.late_regex import compile_later


class TextKind(Enum):
    """The kind of a piece of SQL."""

    CODE = "code"
    LINE_COMMENT = "comment"
    BLOCK_COMMENT = "block comment"
    STRING = "string"
    NAME = "quoted name"
    BODY = "dollar-quoted body"


@dataclass(frozen=True, slots=True)
class TextPiece:
    """Characters `start` to `end` of a text are `kind`."""

    kind: TextKind
    start: int
    end: int


_OPENING = compile_later(
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
_BLOCK = compile_later(r"/\*|\*/")
_KINDS = {
    "line": TextKind.LINE_COMMENT,
    "block": TextKind.BLOCK_COMMENT,
    "escaped": TextKind.STRING,
    "string": TextKind.STRING,
    "name": TextKind.NAME,
    "body": TextKind.BODY,
}


# Tokens that can be passed over in one go. Each alternative needs the character after it, so that a search that ends
# in the middle of a token stops before it. `E'…'` and block comments are left to the closer look. Possessive groups,
# `(…)*+`, would be what is meant, but Python up to 3.11.4 matches them wrongly (CPython issue 106052); hence a bound
# on the repetitions, which keeps what is remembered for backtracking small.
_PLAIN = compile_later(
    r"""
    (?:
        [^\w'"$/-]++
      | (?!(?<![\w$])[eE]')\w[\w$]*+(?=.)
      | '[^']*+(?:''[^']*+)*'(?=[^'])
      | "[^"]*+(?:""[^"]*+)*"(?=[^"])
      | --[^\n\r]*+(?=[\n\r])
      | \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$
      | \$(?=[^\w$]|\d)
      | -(?=[^-])
      | /(?=[^*])
    ){0,1000}
    """,
    re.VERBOSE | re.DOTALL,
)
# Bounded for the same reason as _PLAIN.
_BLANK = compile_later(r"(?:\s+|--[^\n\r]*){0,1000}")
_BODY = compile_later(r"(?P<body>\$(?:[^\W\d]\w*)?\$)")


def split_pieces(text: str) -> Iterator[TextPiece]:
    """The pieces of `text` in order, without gaps."""
    at = 0
    while at < len(text):
        piece = _next(text, at)
        if piece.start > at:
            yield TextPiece(TextKind.CODE, at, piece.start)
        if piece.end > piece.start:
            yield piece
        at = piece.end


def kind_at(text: str, offset: int, start: int = 0) -> TextPiece:
    """The comment, string, name or body that contains the character at `offset`; otherwise CODE from `start`.

    start: where a piece of the text begins, if one before `offset` is known. Much faster than `pieces`.
    """
    at = start
    while True:
        while (passed := _PLAIN.match(text, at, offset)) and passed.end() > at:
            at = passed.end()
        piece = _next(text, at)
        if piece.start > offset or piece.end == piece.start:
            return TextPiece(TextKind.CODE, start, max(piece.start, offset + 1))
        if piece.end > offset:
            return piece
        at = piece.end


def _next(text: str, at: int) -> TextPiece:
    """The first piece from `at` on that is not code; an empty piece at the end if there is none."""
    # Where a token begins, a `$` ahead of it is the end of another body and not a part of a name.
    opening = _BODY.match(text, at) or _OPENING.search(text, at)
    if opening is None:
        return TextPiece(TextKind.CODE, len(text), len(text))
    kind = _KINDS[opening.lastgroup or ""]
    end = opening.end()
    if kind is TextKind.BODY:
        closing = text.find(opening.group("body"), end)
        end = len(text) if closing == -1 else closing + len(opening.group("body"))
    elif kind is TextKind.BLOCK_COMMENT:
        end = _end_of_block(text, end)
    return TextPiece(kind, opening.start(), end)


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
    """The position of the first character that is neither blank nor comment, or None."""
    start = 0
    while (blank := _BLANK.match(text, start)) and blank.end() > start:
        start = blank.end()
    if start == len(text):
        return None
    if not text.startswith("/*", start):
        return start
    # A block comment needs the closer look.
    for piece in split_pieces(text):
        if piece.kind in (TextKind.LINE_COMMENT, TextKind.BLOCK_COMMENT):
            continue
        shown = text[piece.start : piece.end]
        if shown.strip():
            return piece.start + len(shown) - len(shown.lstrip())
    return None
