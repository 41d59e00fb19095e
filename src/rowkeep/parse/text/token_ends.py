"""Finds where a token, a type or a list item ends, without making tokens: only quotes, comments and brackets matter.

Positions are characters; `stop` is the end of the statement. The text has no syntax errors: the parser has accepted
it. It is called for every column and constraint, where the full lexer (`lexer.py`) would cost more than parsing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rowkeep.domain.late_regex import compile_later
from rowkeep.parse.text.lexer import TokenKind, read_token

_DULL = compile_later(r"[^'\"$()\[\],/\-]+")
_SILENT = compile_later(r"(?:[ \t\n\r\f\v]+|--[^\n\r]*)+")
_TYPE = compile_later(
    r"""
    (?:"(?:[^"]|"")+"|[^\W\d][\w$]*) (?:\s*\.\s*(?:"(?:[^"]|"")+"|[^\W\d][\w$]*))* (?:\s*%\s*type)?
    (?:\s+(?:precision|varying))? (?:\s*\([^()]*\))? (?:\s+with(?:out)?\s+time\s+zone)?
    (?:\s+array\b)? (?:\s*\[[^\]]*\])*
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DEPTH = {"(": 1, "[": 1, ")": -1, "]": -1}


def token_end(text: str, at: int, stop: int) -> int:
    """The end of the token that begins at `at`."""
    return read_token(text, at, stop).end if at < stop else at


def type_end(text: str, at: int, stop: int) -> int:
    """The end of the type that begins at `at`."""
    match = _TYPE.match(text, at, stop)
    return match.end() if match is not None else token_end(text, at, stop)


def item_end(text: str, at: int, stop: int) -> int:
    """The end of the list item that begins at `at`: before the next comma or bracket and the blanks before it."""
    last = at
    for mark, end in _marks(text, at, stop):
        if mark < 0:
            break
        last = end
    return last


def closed_end(text: str, at: int, last: int, stop: int) -> int:
    """The end of the text from `at` to the token that begins at `last`, extended to the closing brackets and to an
    argument list right after it."""
    end = token_end(text, last, stop)
    depth = 0
    for kind, place in _brackets(text, at, stop):
        if place >= end and depth <= 0 and not (kind > 0 and not text[end:place].strip()):
            break
        depth += kind
        if place >= end:
            end = place + 1
    return end


def split_items(text: str, at: int, stop: int) -> list[tuple[int, int]]:
    """The comma-separated items from `at` to `stop`, each from its first to its last character."""
    found = []
    while at < stop:
        at = skip_blanks(text, at, stop)
        end = item_end(text, at, stop)
        found.append((at, end))
        at = skip_blanks(text, end, stop)
        if at >= stop or text[at] != ",":
            break
        at += 1
    return found


def skip_blanks(text: str, at: int, stop: int) -> int:
    """The first character from `at` on outside blanks and comments."""
    while at < stop:
        silent = _SILENT.match(text, at, stop)
        if silent is not None:
            at = silent.end()
        elif not text.startswith("/*", at, stop):
            return at
        else:
            token = read_token(text, at, stop)
            if token.kind is not TokenKind.COMMENT:
                return at
            at = token.end
    return stop


def _marks(text: str, at: int, stop: int) -> Iterator[tuple[int, int]]:
    """(0, end) for every part of the item, (-1, …) at its end."""
    depth = 0
    while at < stop:
        dull = _DULL.match(text, at, stop)
        if dull is not None:
            end = dull.end()
            if text[end - 1].isspace():
                # Usually a blank ends the part; only its last word counts.
                stretch = dull.group().rstrip()
                if stretch:
                    yield 0, at + len(stretch)
            else:
                yield 0, end
            at = end
            continue
        mark = text[at]
        step = _DEPTH.get(mark)
        if step is not None:
            depth += step
            if depth < 0:
                yield -1, at
                return
            at += 1
            yield 0, at
        elif mark == ",":
            if depth == 0:
                yield -1, at
                return
            at += 1
        else:
            end = _quoted_end(text, at, stop)
            if not text.startswith(("--", "/*"), at):
                yield 0, end
            at = end


def _brackets(text: str, at: int, stop: int) -> Iterator[tuple[int, int]]:
    """(+1 or -1, place) of every bracket from `at` on."""
    while at < stop:
        dull = _DULL.match(text, at, stop)
        if dull is not None:
            at = dull.end()
            continue
        step = _DEPTH.get(text[at])
        if step is not None:
            yield step, at
            at += 1
        else:
            at = at + 1 if text[at] == "," else _quoted_end(text, at, stop)


def _quoted_end(text: str, at: int, stop: int) -> int:
    """The end of a string, quoted name, comment or dollar quote, or of an operator that begins like one."""
    if (
        text[at] == "'"
        and at
        and text[at - 1] in "eE"
        and not (at > 1 and (text[at - 2].isalnum() or text[at - 2] == "_"))
    ):
        at -= 1
    return read_token(text, at, stop).end
