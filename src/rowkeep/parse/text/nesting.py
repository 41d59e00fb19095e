"""Protects PostgreSQL's scanner from texts that take it quadratic time.

The scanner reads all operator characters in a row as one word, finds the start of a comment in it, and puts the rest
back: `/*/*/*…` and `++++…` cost the square of their length, 200,000 comment marks half an hour.
"""

from __future__ import annotations

from rowkeep.domain.late_regex import compile_later
from rowkeep.parse.text.lexer import TokenKind, read_tokens

LONGEST = 1_000
"""More operator characters in a row than anybody writes; PostgreSQL's operators have at most 63."""

_RUN = compile_later(r"[-+*/<>=~!@#%^&|`?]{1000}")
_NOT_BLANK = compile_later(r"[^\n]")


class TooLong(Exception):
    """Too many operator characters in a row. at: the first of them."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


def flatten_nesting(text: str) -> str:
    """The text, with long runs of operator characters in its comments replaced by blanks: same number of bytes and
    lines.

    Raises TooLong for a run outside comments and strings.
    """
    if len(text) < LONGEST or _RUN.search(text) is None:
        return text
    parts = []
    for kind, start, end in read_tokens(text):
        token = text[start:end]
        if kind is TokenKind.SIGN and end - start >= LONGEST:
            raise TooLong(start)
        if kind is TokenKind.COMMENT:
            token = _blank(token)
        elif kind is TokenKind.BROKEN and token.startswith("/*"):
            # An unterminated comment stays one, so that the parser reports it.
            token = "/*" + _blank(token[2:])
        parts.append(token)
    return "".join(parts)


def _blank(text: str) -> str:
    return _NOT_BLANK.sub(lambda match: " " * len(match.group().encode("utf-8", "replace")), text)
