"""A string literal to its value, with the place of each character."""

from __future__ import annotations

import re
from itertools import dropwhile

from rowkeep.domain.late_regex import compile_later
from rowkeep.parse.reader import StatementReader
from rowkeep.parse.text.lexer import Token, TokenKind
from rowkeep.parse.text.mapped_text import MappedText, Stretch, map_replacement

_DOLLAR = compile_later(r"\$[^$]*\$")
_ESCAPE = compile_later(r"\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|.)|''", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def read_literal(mapped: MappedText, token: Token) -> MappedText | None:
    """The value of the string `token` of `mapped`; None for a bit string and U&'…'."""
    words = mapped.text[token.start : token.end]
    if token.kind is not TokenKind.STRING:
        return None
    if words[0] == "$":
        opening = _DOLLAR.match(words)
        width = opening.end() if opening else 0
        return mapped.cut(token.start + width, token.end - width)
    if words[0] in "bBxXuU":
        return None
    escapes = words[0] in "eE"
    head = words.index("'") + 1
    return _unescape(mapped, token.start + head, token.end - 1, escapes)


def _unescape(mapped: MappedText, start: int, end: int, escapes: bool) -> MappedText:
    pieces: list[str] = []
    stretches: list[Stretch] = []
    length = 0

    def add(text: str, stretch: Stretch) -> None:
        nonlocal length
        if text or not pieces:
            pieces.append(text)
            stretches.append(stretch)
            length += len(text)

    at = start
    for match in _ESCAPE.finditer(mapped.text, start, end):
        if not escapes and match.group() != "''":
            continue
        whole = mapped.span(at, match.start())
        if match.start() > at:
            add(mapped.text[at : match.start()], Stretch(length, whole.start))
        whole = mapped.span(match.start(), match.end())
        add(_character(match.group()), Stretch(length, whole.start, whole.end))
        at = match.end()
    add(mapped.text[at:end], Stretch(length, mapped.span(at, max(end, at)).start))
    return MappedText("".join(pieces), tuple(stretches))


def _character(escape: str) -> str:
    if escape == "''":
        return "'"
    body = escape[1:]
    if body[0] in "uUx" and len(body) > 1:
        return chr(int(body[1:], 16))
    if body[0] in "01234567":
        return chr(int(body, 8))
    return _LETTERS.get(body, body)


def find_string(reader: StatementReader, location: int | None, value: str) -> MappedText:
    """The string with the value `value` at byte `location`, or the next one after it, with its places.

    Literals that SQL joins ('a' and 'b' on two lines) are joined. If its characters cannot be placed, the text is
    placed at the whole literal.
    """
    start = reader.character(location) if location is not None and location >= 0 else None
    found = dropwhile(lambda token: token.kind is not TokenKind.STRING, reader.tokens(start))
    first = next(found)
    read = read_literal(reader.text, first)
    while read is not None and read.text != value:
        following = next(found, None)
        more = read_literal(reader.text, following) if following is not None else None
        read = read.concat(more) if more is not None else None
    return read or map_replacement(value, reader.text.span(first.start, first.end))
