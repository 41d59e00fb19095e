"""A statement outside a transaction -> how to find out whether it took effect, after the run died during it."""

from __future__ import annotations

from rowkeep.domain.frozen import replace
from rowkeep.domain.plan import ResumeInfo, StatementStep
from rowkeep.domain.statement import Statement
from rowkeep.parse.text.lexer import TokenKind, meaningful_tokens

Name = tuple[str | None, str]

REPEATABLE = frozenset({"vacuum", "analyze", "reindex", "cluster", "discard", "checkpoint"})
"""First words of statements that may run twice. ALTER SYSTEM and ALTER DATABASE … SET TABLESPACE: see below."""


def statement_step(statement: Statement) -> StatementStep:
    """The piece for a statement that runs outside a transaction."""
    words = _words(statement.text)
    plain = [word.lower() if kind is TokenKind.WORD else None for kind, word in words]
    piece = StatementStep(statement, outside=True, aftermath=ResumeInfo.ASK)
    match plain:
        case ["create", "index", "concurrently", *_] | ["create", "unique", "index", "concurrently", *_]:
            return _with_built_index(piece, words, plain)
        case ["drop", "index", "concurrently", *_]:
            return _with_dropped_index(piece, words, plain)
        case ["alter", "system", *_] | ["alter", "database", *_]:
            return replace(piece, aftermath=ResumeInfo.REPEATABLE)
        case [first, *_] if first in REPEATABLE:
            return replace(piece, aftermath=ResumeInfo.REPEATABLE)
    return piece


def _words(text: str) -> list[tuple[TokenKind, str]]:
    return [(kind, text[start:end]) for kind, start, end in meaningful_tokens(text)]


def _with_built_index(
    piece: StatementStep, words: list[tuple[TokenKind, str]], plain: list[str | None]
) -> StatementStep:
    at = plain.index("concurrently") + 1
    if plain[at : at + 3] == ["if", "not", "exists"]:
        at += 3
    if plain[at] == "on":
        # Without a name PostgreSQL makes one up: a second run would build a second index.
        return piece
    name, at = _name(words, at)
    at += 2 if plain[at + 1] == "only" else 1
    table, _ = _name(words, at)
    return replace(piece, aftermath=ResumeInfo.BUILDS_INDEX, index=name, table=table)


def _with_dropped_index(
    piece: StatementStep, words: list[tuple[TokenKind, str]], plain: list[str | None]
) -> StatementStep:
    at = 5 if plain[3:5] == ["if", "exists"] else 3
    name, _ = _name(words, at)
    return replace(piece, aftermath=ResumeInfo.DROPS_INDEX, index=name)


def _name(words: list[tuple[TokenKind, str]], at: int) -> tuple[Name, int]:
    """The name that begins at word `at`, as the catalog spells it, and the word after it."""
    parts = [_identifier(*words[at])]
    at += 1
    while at + 1 < len(words) and words[at][1] == ".":
        parts.append(_identifier(*words[at + 1]))
        at += 2
    return (parts[-2] if len(parts) > 1 else None, parts[-1]), at


def _identifier(kind: TokenKind, word: str) -> str:
    return word[1:-1].replace('""', '"') if kind is TokenKind.QUOTED else word.lower()
