"""A section's text to its statements. Nothing is left out: what is no SQL becomes a problem with its place."""

from __future__ import annotations

from dataclasses import dataclass

from rowkeep.domain.act import Unmodelled, Unreadable
from rowkeep.domain.migration import Section
from rowkeep.domain.source import Source, Span
from rowkeep.domain.statement import Parsed, Problem, ProblemKind, Statement, TransactionUse
from rowkeep.parse import library
from rowkeep.parse.edges import trimmed
from rowkeep.parse.offsets import characters
from rowkeep.parse.pieces import Piece, PieceKind, pieces
from rowkeep.parse.transaction import transaction_use


def parse(section: Section) -> Parsed:
    """Read `section`. Never raises for what stands in the text: a fault becomes a `Problem`, the rest is read on."""
    reading = _Reading(section.source, section.span, [], [])
    text = section.text
    try:
        found = library.statements(text)
    except library.ParserSaysNo:
        _piecemeal(reading, text)
    else:
        _take(reading, text, section.span.start, found)
    return Parsed(section.source, section.span, tuple(reading.statements), tuple(reading.problems))


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    source: Source
    span: Span
    statements: list[Statement]
    problems: list[Problem]

    def add(self, span: Span, transaction: TransactionUse, acts: tuple[Unmodelled | Unreadable, ...]) -> None:
        end = self.statements[-1].span.end if self.statements else self.span.start
        self.statements.append(Statement(self.source, span, Span(end, span.start), transaction, acts))


def _take(reading: _Reading, text: str, base: int, found: list[library.Node]) -> None:
    """Turn raw statements of `text`, which begins at `base` of the file, into statements."""
    character = characters(text)
    for raw in found:
        start = character(raw.get("stmt_location", 0))
        length = raw.get("stmt_len", 0)
        end = character(raw.get("stmt_location", 0) + length) if length else len(text)
        span = trimmed(text, start, end).shifted(base)
        ((kind, node),) = raw["stmt"].items()
        reading.add(span, transaction_use(kind, node), (Unmodelled(span, kind),))


def _piecemeal(reading: _Reading, text: str) -> None:
    """The whole does not parse: cut it by the lexer, and read every piece on its own."""
    base = reading.span.start
    for piece in pieces(text):
        match piece.kind:
            case PieceKind.STATEMENT:
                _one(reading, text, piece)
            case PieceKind.PSQL_COMMAND:
                words = text[piece.span.start : piece.span.end].strip()
                _problem(reading, ProblemKind.PSQL_COMMAND, piece.span.shifted(base), f"psql command {words}")
            case PieceKind.COPY_DATA:
                _problem(reading, ProblemKind.COPY_DATA, piece.span.shifted(base), "rows for COPY … FROM stdin")


def _one(reading: _Reading, text: str, piece: Piece) -> None:
    base, (start, end) = reading.span.start, (piece.span.start, piece.span.end)
    words = text[start:end]
    try:
        found = library.statements(words)
    except library.ParserSaysNo as no:
        span = trimmed(text, start, end)
        at = min(start + no.position, max(span.start, span.end - 1)) if no.position is not None else span.start
        word = piece.token_at(text, at)
        reading.add(span.shifted(base), TransactionUse.ANY, (Unreadable(word.shifted(base), no.message),))
        _problem(reading, ProblemKind.SYNTAX_ERROR, word.shifted(base), no.message)
    else:
        _take(reading, words, base + start, found)


def _problem(reading: _Reading, kind: ProblemKind, span: Span, message: str) -> None:
    reading.problems.append(Problem(kind, reading.source, span, message))
