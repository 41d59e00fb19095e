"""Statements that only a newer PostgreSQL (major 19) knows, recognized by their words, because the parser refuses
them.

There is no parser for 19 yet (libpg_query ends at 18), so such a statement is recognized and not parsed. A phrase
counts only if the syntax error is in it.
"""

from __future__ import annotations

import re

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.source import Span
from rowkeep.parse.text.lexer import TokenKind, meaningful_tokens

MAJOR = 19
"""The major of which these statements are."""


@dataclass(frozen=True, slots=True)
class NewerSyntax:
    """The name of a statement, and what is known about it.

    locks: what it locks and for how long, in words. heavy: everybody waits while it processes the rows. alone: it
    cannot run in a transaction.
    """

    what: str
    locks: str
    heavy: bool = False
    alone: bool = False


_REPACK = NewerSyntax(
    "REPACK", "locks its table with ACCESS EXCLUSIVE while it rewrites it and its indexes", heavy=True
)
_ALL = NewerSyntax("REPACK of every table", _REPACK.locks, heavy=True, alone=True)
_ONLINE = NewerSyntax(
    "REPACK (CONCURRENTLY)",
    "copies under SHARE UPDATE EXCLUSIVE, and takes ACCESS EXCLUSIVE to swap the files; needs a replication slot, and "
    "runs once at a time",
    alone=True,
)
_PARTITIONS = "locks the partitioned table with ACCESS EXCLUSIVE while it moves the rows"
_PHRASES: tuple[tuple[str, str, NewerSyntax], ...] = (
    (
        r"alter table",
        r"merge partitions \(",
        NewerSyntax("MERGE PARTITIONS", _PARTITIONS, heavy=True),
    ),
    (r"alter table", r"split partition", NewerSyntax("SPLIT PARTITION", _PARTITIONS, heavy=True)),
    (
        r"(?:with|insert)",
        r"do select",
        NewerSyntax("ON CONFLICT DO SELECT", "locks its table with ROW EXCLUSIVE, and the rows that FOR UPDATE names"),
    ),
    (
        r"(?:with|update|delete)",
        r"for portion of",
        NewerSyntax(
            "FOR PORTION OF", "locks its table with ROW EXCLUSIVE, changes rows and adds the rests of their ranges"
        ),
    ),
    (r"(?:create|alter|drop)", r"property graph", NewerSyntax("PROPERTY GRAPH", "locks no table against its users")),
    (r"(?:with|select|insert|create)", r"graph_table \( .*?match", NewerSyntax("GRAPH_TABLE", "reads")),
    (
        r"(?:with|select|insert|create|update)",
        r"\) (?:ignore|respect) nulls",
        NewerSyntax("IGNORE or RESPECT NULLS", "reads"),
    ),
    (r"checkpoint", r"checkpoint \(", NewerSyntax("CHECKPOINT with options", "locks no table, and writes to disk")),
    (r"wait for", r"wait for", NewerSyntax("WAIT FOR", "locks nothing, and waits for a position in the WAL")),
)


def find_newer_syntax(text: str, start: int, end: int, error_at: int) -> tuple[Span, NewerSyntax] | None:
    """What the statement `text[start:end]` is in a newer PostgreSQL, and the phrase that shows it; None for a syntax
    error.

    error_at: the character of the syntax error.
    """
    tokens = list(meaningful_tokens(text, start, end))
    words = [text[token.start : token.end].lower() if token.kind is not TokenKind.STRING else "''" for token in tokens]
    if not words:
        return None
    if words[0] == "repack" and tokens[0].start <= error_at <= tokens[0].end:
        return Span(tokens[0].start, tokens[0].end), _repack(words)
    joined, places = "", []
    for word in words:
        places.append(len(joined))
        joined += word + " "
    for head, phrase, found in _PHRASES:
        if re.match(rf"{head}\b", joined) is None:
            continue
        for match in re.finditer(rf"(?<!\S){phrase}(?!\S)", joined):
            first = next(number for number, place in enumerate(places) if place >= match.start())
            last = max(number for number, place in enumerate(places) if place < match.end())
            if tokens[first].start <= error_at <= tokens[last].end:
                return Span(tokens[first].start, tokens[last].end), found
    return None


def _repack(words: list[str]) -> NewerSyntax:
    """REPACK [(options)] [table]; without a table all of them."""
    rest = words[1:]
    options: list[str] = []
    if rest[:1] == ["("] and ")" in rest:
        end = rest.index(")")
        options, rest = rest[1:end], rest[end + 1 :]
    if "concurrently" in options:
        at = options.index("concurrently")
        if options[at + 1 : at + 2] not in (["false"], ["off"], ["0"]):
            return _ONLINE
    return _REPACK if rest and rest[0] != "using" else _ALL
