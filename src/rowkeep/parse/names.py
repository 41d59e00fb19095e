"""Names that PostgreSQL cuts because they are too long (manual, 4.1.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rowkeep.domain.act import Act, Noticed
from rowkeep.parse.lexer import Kind, meaningful
from rowkeep.parse.mapped import Mapped

LIMIT = 63
"""Bytes that a name keeps (NAMEDATALEN - 1)."""
_LONG = re.compile(r'[^\s(),;.\'"]{22}|"[^"]{22}')
"""Whether a longer look is worth it: a character can be three bytes long, or four."""


def cut_names(text: Mapped, start: int, end: int) -> Iterator[Act]:
    """Every name of the statement that is longer than PostgreSQL keeps."""
    if _LONG.search(text.text, start, end) is None:
        return
    for token in meaningful(text.text, start, end):
        if token.end - token.start <= LIMIT // 4 or token.kind not in (Kind.WORD, Kind.QUOTED):
            continue
        written = text.text[token.start : token.end]
        name = written[written.index('"') + 1 : -1].replace('""', '"') if token.kind is Kind.QUOTED else written
        encoded = name.encode("utf-8", "surrogatepass")
        if len(encoded) > LIMIT:
            kept = encoded[:LIMIT].decode("utf-8", "ignore")
            message = f"a name of {len(encoded)} bytes is cut to {LIMIT}: {kept}"
            yield Noticed(text.span(token.start, token.end), (), "identifier-too-long", message, fatal=False)
