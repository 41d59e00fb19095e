"""Splits a text that the parser refuses as psql would: into statements, psql commands and COPY data."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass, field
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.source import Span
from rowkeep.parse.text.lexer import Token, TokenKind, read_tokens


class PieceKind(Enum):
    """The kind of a piece."""

    STATEMENT = "statement"
    PSQL_COMMAND = "psql command"
    COPY_DATA = "COPY data"


@dataclass(frozen=True, slots=True)
class SplitPiece:
    """One piece. The span of a statement excludes its `;`. It may have syntax errors."""

    kind: PieceKind
    span: Span

    def token_at(self, text: str, offset: int) -> Span:
        """The token of this piece that holds the character at `offset`, cut at its first line."""
        for token in read_tokens(text, self.span.start, self.span.end):
            if token.end > offset and token.kind not in (TokenKind.BLANK, TokenKind.COMMENT):
                line = text.find("\n", token.start, token.end)
                return Span(token.start, line if line > token.start else token.end)
        return Span(offset, min(offset + 1, self.span.end))


_COPY = compile_later(r"copy\b.*\bfrom\s+stdin\b", re.IGNORECASE | re.DOTALL)
_END_OF_DATA = compile_later(r"^\\\.[ \t]*\r?$", re.MULTILINE)


@dataclass(slots=True)
class _Open:
    """The statement being read."""

    start: int = -1
    words: list[str] = field(default_factory=list)
    """The first words, in lower case: enough to know CREATE RULE and CREATE FUNCTION."""
    parentheses: int = 0
    begins: int = 0

    def meets(self, text: str, token: Token) -> None:
        """Count what decides whether a `;` ends the statement, as psql's lexer does."""
        if self.start < 0:
            self.start = token.start
        word = text[token.start : token.end].lower() if token.end - token.start < 20 else ""
        if token.kind is TokenKind.WORD and len(self.words) < 4:
            self.words.append(word)
        if word == "(":
            self.parentheses += 1
        elif word == ")":
            self.parentheses -= 1
        elif token.kind is TokenKind.WORD and self.makes("function", "procedure"):
            if word == "begin" or (word == "case" and self.begins):
                self.begins += 1
            elif word == "end" and self.begins:
                self.begins -= 1

    def makes(self, *things: str) -> bool:
        """Whether the statement is CREATE [OR REPLACE] of one of `things`."""
        words = self.words[:1] + self.words[3:] if self.words[1:3] == ["or", "replace"] else self.words
        return words[:1] == ["create"] and words[1:2] != [] and words[1] in things

    @property
    def holds_semicolon(self) -> bool:
        """Whether a `;` here belongs to the statement. A missing `)` must not swallow the next statements,
        so parentheses count only where PostgreSQL's grammar allows a `;` in them: CREATE RULE … DO (…; …)."""
        return self.begins > 0 or (self.parentheses > 0 and self.makes("rule"))


def split_text(text: str) -> Iterator[SplitPiece]:
    """The pieces of `text` in order. Only blanks, comments and the `;` between statements are in none of them."""
    at = 0
    while at < len(text):
        open_ = _Open()
        for token in read_tokens(text, at):
            at = token.end
            if token.kind in (TokenKind.BLANK, TokenKind.COMMENT):
                continue
            if token.kind is TokenKind.META:
                yield from _statement(open_, token.start)
                yield SplitPiece(PieceKind.PSQL_COMMAND, Span(token.start, token.end))
                break
            if text[token.start] == ";" and not open_.holds_semicolon:
                yield from _statement(open_, token.start)
                if open_.start >= 0 and _COPY.match(text, open_.start, token.start):
                    data = _copy_data(text, token.end)
                    if data is not None:
                        yield SplitPiece(PieceKind.COPY_DATA, data)
                        at = data.end
                break
            open_.meets(text, token)
        else:
            yield from _statement(open_, len(text))


def _statement(open_: _Open, end: int) -> Iterator[SplitPiece]:
    if open_.start >= 0:
        yield SplitPiece(PieceKind.STATEMENT, Span(open_.start, end))


def _copy_data(text: str, after: int) -> Span | None:
    """The rows that follow `COPY … FROM stdin;`: from the next line to the line with a dot, or None without one."""
    line = text.find("\n", after)
    end = _END_OF_DATA.search(text, after) if line >= 0 else None
    if end is None or text[after:line].strip():
        return None
    return Span(line + 1, end.end())
