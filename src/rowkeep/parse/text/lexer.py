"""PostgreSQL's lexer: a text to all its tokens (manual, 4.1).

Used where the parser cannot help: around a syntax error, for psql commands and COPY data, for the place of a clause
that the parse tree does not locate, and for the checksum of tokens. Every character belongs to exactly one token.

Two other modules read less of a text, because a full lexer would be too slow there:
`parse/text/token_ends.py` finds the end of one item in a statement without making tokens, and
`files/content/tokenizer.py` finds comments in whole files that need not be SQL.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.late_regex import compile_later


class TokenKind(Enum):
    """What a token is."""

    BLANK = "blank"
    COMMENT = "comment"
    WORD = "word"
    QUOTED = "quoted identifier"
    STRING = "string"
    NUMBER = "number"
    SIGN = "sign"
    META = "psql command"
    BROKEN = "unterminated"


if TYPE_CHECKING:

    class Token(NamedTuple):
        """Characters `start` to `end` of the text."""

        kind: TokenKind
        start: int
        end: int
else:
    Token = namedtuple("Token", "kind start end")  # made without the types, which would each be compiled


# A name is written as what it is not (ASCII that is no letter): a set of all of Unicode takes long to compile.
_PLAIN = compile_later(
    r"""
      (?P<BLANK>[ \t\n\r\f\v]+)
    | (?P<COMMENT>--[^\n\r]*)
    | (?P<STRING>
          [eE]'(?:[^'\\]|\\.|'')*'
        | (?:[bBxXnN]|[uU]&)?'(?:[^']|'')*'
      )
    | (?P<QUOTED>(?:[uU]&)?"(?:[^"]|"")*")
    | (?P<WORD>[^\x00-@\[-^`{-\x7f][^\x00-\x23%-/:-@\[-^`{-\x7f]*)
    | (?P<NUMBER>
          0[xX][0-9A-Fa-f_]+ | 0[oO][0-7_]+ | 0[bB][01_]+
        | (?:[0-9][0-9_]*(?:\.(?!\.)[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?
        | \$[0-9]+
      )
    | (?P<META>\\[^\n]*)
    """,
    re.VERBOSE | re.DOTALL,
)
_DOLLAR = compile_later(r"\$(?:[^\x00-@\[-^`{-\x7f][^\x00-/:-@\[-^`{-\x7f]*)?\$")
_COMMENT_EDGE = compile_later(r"/\*|\*/")
_SINGLE = frozenset("(),;[]")
"""Characters that are a token by themselves wherever a token begins."""
_OPERATOR = compile_later(r"(?:(?!--|/\*)[-+*/<>=~!@#%^&|`?])+|::|:=|\.\.")
_KINDS = {name: TokenKind[name] for name in ("BLANK", "COMMENT", "WORD", "QUOTED", "STRING", "NUMBER", "META")}


def read_tokens(text: str, start: int = 0, end: int | None = None) -> Iterator[Token]:
    """Every token of `text[start:end]`, blanks and comments included, at their positions in `text`.

    An unterminated string, quoted name, comment or dollar quote is one BROKEN token up to the end.
    """
    at = start
    stop = len(text) if end is None else end
    match_plain = _PLAIN.match
    while at < stop:
        match = match_plain(text, at, stop)
        if match is not None:
            after = match.end()
            yield _token(Token, (_KINDS[match.lastgroup], at, after))  # type: ignore[index]  # one group matches
            at = after
            continue
        token = _special(text, at, stop)
        yield token
        at = token.end


def read_token(text: str, at: int, stop: int) -> Token:
    """The token that begins at `at`."""
    if text[at] in _SINGLE:
        return Token(TokenKind.SIGN, at, at + 1)
    match = _PLAIN.match(text, at, stop)
    if match is not None:
        return Token(_KINDS[match.lastgroup or ""], at, match.end())
    return _special(text, at, stop)


def _special(text: str, at: int, stop: int) -> Token:
    if text.startswith("/*", at, stop):
        return _block_comment(text, at, stop)
    first = text[at]
    if first == "$":
        opening = _DOLLAR.match(text, at, stop)
        if opening is not None:
            close = text.find(opening.group(), opening.end(), stop)
            if close < 0:
                return Token(TokenKind.BROKEN, at, stop)
            return Token(TokenKind.STRING, at, close + len(opening.group()))
    if first in "'\"":
        return Token(TokenKind.BROKEN, at, stop)
    operator = _OPERATOR.match(text, at, stop)
    return Token(TokenKind.SIGN, at, operator.end() if operator else at + 1)


def _block_comment(text: str, at: int, stop: int) -> Token:
    """Comments nest in PostgreSQL."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, at, stop):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return Token(TokenKind.COMMENT, at, edge.end())
    return Token(TokenKind.BROKEN, at, stop)


def meaningful_tokens(text: str, start: int = 0, end: int | None = None) -> Iterator[Token]:
    """The tokens without blanks and comments."""
    at = start
    stop = len(text) if end is None else end
    match_silent, match_plain, sign = _SILENT.match, _PLAIN.match, TokenKind.SIGN
    while at < stop:
        silent = match_silent(text, at, stop)
        if silent is not None:
            at = silent.end()
            if at >= stop:
                return
        if text[at] in _SINGLE:
            yield _token(Token, (sign, at, at + 1))
            at += 1
            continue
        match = match_plain(text, at, stop)
        if match is not None:
            after = match.end()
            yield _token(Token, (_KINDS[match.lastgroup], at, after))  # type: ignore[index]  # one group matches
            at = after
            continue
        token = _special(text, at, stop)
        if token.kind is not TokenKind.COMMENT:
            yield token
        at = token.end


_SILENT = compile_later(r"(?:[ \t\n\r\f\v]+|--[^\n\r]*)+")
# What Token(…) does, without the detour through its keyword arguments: this is the innermost loop.
_token = tuple.__new__
