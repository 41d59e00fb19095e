"""Trims blanks and comments from both ends of a statement."""

from __future__ import annotations

from rowkeep.domain.source import Span
from rowkeep.parse.text.lexer import meaningful_tokens
from rowkeep.parse.text.token_ends import skip_blanks


def trim_span(text: str, start: int, end: int) -> Span:
    """`text[start:end]` without the blanks and comments at its two ends (empty at `start` if there is nothing
    else)."""
    first = skip_blanks(text, start, end)
    if first == end:
        return Span(start, start)
    last = first + len(text[first:end].rstrip())
    # Only a comment can still be at the end. A block comment ends with its mark; that of a line comment is in the last
    # line.
    line = max(text.rfind("\n", first, last), text.rfind("\r", first, last)) + 1
    if text.startswith("*/", last - 2) or text.find("--", max(line, first), last) >= 0:
        last = max(token.end for token in meaningful_tokens(text, first, last))
    return Span(first, last)
