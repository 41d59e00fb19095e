"""A text as PostgreSQL's scanner reads it in time that grows with its length.

The scanner takes all operator characters in a row for one word, finds the start of a comment or a sign in it, and puts
the rest back: `/*/*/*…` and `++++…` cost the square of their length, 200,000 marks of comments half an hour.
"""

from __future__ import annotations

import re

from rowkeep.parse.text.lexer import TokenKind, read_tokens

LONGEST = 1_000
"""Operator characters in a row that nobody writes; PostgreSQL's operators have 63 at most."""

_RUN = re.compile(r"[-+*/<>=~!@#%^&|`?]{1000}")
_NOT_BLANK = re.compile(r"[^\n]")


class TooLong(Exception):
    """Operator characters in a row that are no operator. at: their first character."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


def flatten_nesting(text: str) -> str:
    """The text, or the same with blanks within its comments where long runs of signs are: as many bytes, line by line.

    Raises TooLong for a run outside of comments and strings.
    """
    if _RUN.search(text) is None:
        return text
    parts = []
    for kind, start, end in read_tokens(text):
        token = text[start:end]
        if kind is TokenKind.SIGN and end - start >= LONGEST:
            raise TooLong(start)
        if kind is TokenKind.COMMENT:
            token = _blank(token)
        elif kind is TokenKind.BROKEN and token.startswith("/*"):
            # An open comment stays one: the parser has to say so.
            token = "/*" + _blank(token[2:])
        parts.append(token)
    return "".join(parts)


def _blank(text: str) -> str:
    return _NOT_BLANK.sub(lambda match: " " * len(match.group().encode("utf-8", "replace")), text)
