"""Wrong names: those that PostgreSQL truncates (manual, 4.1.1), and columns that are named twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.operation import Notice, Operation
from rowkeep.parse.reader import StatementReader
from rowkeep.parse.text.lexer import TokenKind, meaningful_tokens
from rowkeep.parse.text.mapped_text import MappedText

LIMIT = 63
"""Bytes that a name keeps (NAMEDATALEN - 1)."""
_LONG = compile_later(r"[^\s(),;.'\"]{64}|\"[^\"]{64}")
_WIDE = compile_later(r"[^\s(),;.'\"]{16}|\"[^\"]{16}")
"""A quick test for long names. A character outside ASCII can take four bytes."""


def find_cut_names(text: MappedText, start: int, end: int) -> Iterator[Operation]:
    """Every name of the statement that is longer than PostgreSQL keeps."""
    shape = _LONG if text.text[start:end].isascii() else _WIDE
    if shape.search(text.text, start, end) is None:
        return
    for token in meaningful_tokens(text.text, start, end):
        if token.end - token.start < LIMIT // 4 or token.kind not in (TokenKind.WORD, TokenKind.QUOTED):
            continue
        written = text.text[token.start : token.end]
        name = written[written.index('"') + 1 : -1].replace('""', '"') if token.kind is TokenKind.QUOTED else written
        encoded = name.encode("utf-8", "surrogatepass")
        if len(encoded) > LIMIT:
            kept = encoded[:LIMIT].decode("utf-8", "ignore")
            message = f"a name of {len(encoded)} bytes is cut to {LIMIT}: {kept}"
            yield Notice(text.span(token.start, token.end), (), "identifier-too-long", message)


def find_repeated_columns(reader: StatementReader, columns: Iterable[str]) -> Iterator[Operation]:
    """The columns that are named twice where PostgreSQL allows each only once (SQLSTATE 42601, 42701)."""
    for name, count in Counter(columns).items():
        if count > 1 and name:
            message = f"fails: {name} is named {count} times"
            yield Notice(reader.whole, reader.inside, "column-assigned-twice", message)
