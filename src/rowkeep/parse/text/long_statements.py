"""Long statements: rows of plain values are left out before parsing, and nesting that is too deep is detected.

A seed of 60,000 rows makes a parse tree of 15 MB that says no more than one row. And the C library is recursive: at
about 100,000 levels it would crash the process.
"""

from __future__ import annotations

import re

from rowkeep.domain.late_regex import compile_later
from rowkeep.parse.text.lexer import TokenKind, meaningful_tokens
from rowkeep.parse.text.mapped_text import MappedText

DEEPEST = 20_000

_VALUE = r"""
    (?: [-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?
      | (?i:null|true|false|default|current_timestamp|current_date|now\(\))
      | (?i:(?:e|date|timestamp|timestamptz|jsonb?|interval|uuid)\s*+)?'(?:[^'\\]|'')*'
    )
"""
_CELL = rf"\s*+{_VALUE}(?:\s*+::\s*+[A-Za-z_][A-Za-z0-9_.]*+(?:\[\])?)?\s*+"
_ROWS = compile_later(rf"(?:\({_CELL}(?:,{_CELL})*\)\s*+,\s*+)+(?=\()", re.VERBOSE)
_DEEPENING = frozenset({"union", "intersect", "except", "join"})


def without_rows(text: MappedText) -> MappedText:
    """The text without runs of rows of plain values; the row after each run stays."""
    kept: MappedText | None = None
    at = 0
    for match in _ROWS.finditer(text.text):
        piece = text.cut(at, match.start())
        kept = piece if kept is None else kept.concat(piece)
        at = match.end()
    if kept is None:
        return text
    return kept.concat(text.cut(at, len(text.text)))


def is_too_deep(text: str) -> bool:
    """Whether one item of the text chains more operators than the C library can handle."""
    chains, sets = [0], 0
    for kind, start, end in meaningful_tokens(text):
        word = text[start:end]
        if word in ("(", "["):
            chains.append(0)
        elif word in (")", "]") and len(chains) > 1:
            chains.pop()
        elif word in (",", ";"):
            chains[-1] = 0
        elif kind is TokenKind.SIGN or (
            kind is TokenKind.WORD and word.lower() in ("and", "or", "not", "is", "collate")
        ):
            chains[-1] += 1
        elif kind is TokenKind.WORD and word.lower() in _DEEPENING:
            sets += 1
        if chains[-1] > DEEPEST or sets > DEEPEST:
            return True
    return False
