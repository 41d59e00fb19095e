"""A text to raw statements. A statement that the parser refuses is cut out, and the rest is parsed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.operation import Frame, OfNewerMajor, Opaque, Operation, UnreadableSql
from rowkeep.domain.source import Span
from rowkeep.parse import libpg_query
from rowkeep.parse.operations.registry import operations_of
from rowkeep.parse.reader import StatementReader
from rowkeep.parse.text.mapped_text import MappedText
from rowkeep.parse.text.newer_syntax import MAJOR, NewerSyntax, find_newer_syntax
from rowkeep.parse.text.offsets import byte_to_character
from rowkeep.parse.text.split_text import PieceKind, SplitPiece, split_text
from rowkeep.parse.text.trim import trim_span

LONG = 50_000
"""A text of at least this many characters is split first and then parsed statement by statement."""


@dataclass(frozen=True, slots=True)
class RawStatement:
    """A statement with its parse tree. span: in the file."""

    span: Span
    reader: StatementReader
    kind: str
    node: libpg_query.Node


@dataclass(frozen=True, slots=True)
class BrokenStatement:
    """A statement that the parser refuses. word: the token with the error. newer: if a newer major knows it."""

    span: Span
    word: Span
    message: str
    newer: NewerSyntax | None = None


@dataclass(frozen=True, slots=True)
class NonSqlText:
    """Text that is not SQL: a psql command, COPY data."""

    span: Span
    kind: PieceKind


def read_statements(
    text: MappedText, inside: tuple[Frame, ...] = ()
) -> Iterator[RawStatement | BrokenStatement | NonSqlText]:
    """Every statement of `text` in order."""
    found: Iterable[RawStatement | BrokenStatement | NonSqlText]
    try:
        found = list(_take_statement(text, inside)) if len(text.text) < LONG else _read_long_text(text, inside)
    except libpg_query.ParserError:
        pass
    else:
        yield from found
        return
    yield from _read_pieces(text, inside)


def _read_pieces(text: MappedText, inside: tuple[Frame, ...]) -> Iterator[RawStatement | BrokenStatement | NonSqlText]:
    """The statements of a text that the parser refuses as a whole."""
    for piece in split_text(text.text):
        if piece.kind is PieceKind.STATEMENT:
            yield from _one(text, piece, inside)
        else:
            yield NonSqlText(text.span(piece.span.start, piece.span.end), piece.kind)


def _take_statement(text: MappedText, inside: tuple[Frame, ...]) -> Iterator[RawStatement | BrokenStatement]:
    """The statements of a text without syntax errors. Raises ParserError."""
    character = byte_to_character(text.text)
    if len(text.text) < LONG:
        for raw in libpg_query.parse_statements(text.text):
            yield _raw(text, character, raw, inside)
        return
    for start, length in libpg_query.split_statements(text.text):
        first, last = character(start), character(start + length)
        yield from _long(text, trim_span(text.text, first, last), inside)


def _read_long_text(
    text: MappedText, inside: tuple[Frame, ...]
) -> Iterator[RawStatement | BrokenStatement | NonSqlText]:
    """The statements of a long text; each is parsed when it is asked for. Raises ParserError at once.

    The trees of all statements together take a hundred times the memory of the text.
    """
    character = byte_to_character(text.text)
    places = libpg_query.split_statements(text.text)
    spans = [trim_span(text.text, character(start), character(start + length)) for start, length in places]
    return (raw for span in spans for raw in _read_part(text, span, inside))


def _read_part(
    text: MappedText, span: Span, inside: tuple[Frame, ...]
) -> Iterator[RawStatement | BrokenStatement | NonSqlText]:
    """One statement of a long text."""
    try:
        yield from list(_long(text, span, inside))
    except libpg_query.ParserError:
        yield from _read_pieces(text.cut(span.start, span.end), inside)


def _raw(
    text: MappedText, character: libpg_query.ToCharacter, raw: libpg_query.Node, inside: tuple[Frame, ...]
) -> RawStatement:
    location, length = raw.get("stmt_location", 0), raw.get("stmt_len", 0)
    end = character(location + length) if length else len(text.text)
    span = trim_span(text.text, character(location), end)
    ((kind, node),) = raw["stmt"].items()
    return RawStatement(
        text.span(span.start, span.end), StatementReader(text, character, span.start, span.end, inside), kind, node
    )


def _long(text: MappedText, span: Span, inside: tuple[Frame, ...]) -> Iterator[RawStatement | BrokenStatement]:
    """One statement of a long text, without syntax errors."""
    statement = text.cut(span.start, span.end)
    if len(statement.text) >= LONG:
        from rowkeep.parse.text.long_statements import is_too_deep, without_rows

        statement = without_rows(statement)
        if is_too_deep(statement.text):
            whole = text.span(span.start, span.end)
            yield BrokenStatement(
                whole, Span(whole.start, whole.start + 1), "the statement is nested too deeply to be read"
            )
            return
    character = byte_to_character(statement.text)
    for raw in libpg_query.parse_statements(statement.text):
        yield _raw(statement, character, raw, inside)


def _one(text: MappedText, piece: SplitPiece, inside: tuple[Frame, ...]) -> Iterator[RawStatement | BrokenStatement]:
    start, end = piece.span.start, piece.span.end
    words = text.cut(start, end)
    try:
        yield from list(_take_statement(words, inside))
    except libpg_query.ParserError as no:
        span = trim_span(text.text, start, end)
        at = min(start + no.position, max(span.start, span.end - 1)) if no.position is not None else span.start
        known = find_newer_syntax(text.text, span.start, span.end, at)
        if known is not None:
            phrase, found = known
            whole = text.span(span.start, span.end)
            yield BrokenStatement(whole, text.span(phrase.start, phrase.end), no.message, found)
            return
        word = piece.token_at(text.text, at)
        yield BrokenStatement(text.span(span.start, span.end), text.span(word.start, word.end), no.message)


def operations_of_inner_sql(text: MappedText, inside: tuple[Frame, ...]) -> Iterator[Operation]:
    """What the SQL of a body does, statement by statement."""
    return operations_of_statements(read_statements(text, inside), inside)


def operations_of_statements(
    statements: Iterable[RawStatement | BrokenStatement | NonSqlText], inside: tuple[Frame, ...]
) -> Iterator[Operation]:
    """What the statements of a body do."""
    for each in statements:
        match each:
            case RawStatement():
                yield from operations_of(each.reader, each.kind, each.node)
            case BrokenStatement(newer=NewerSyntax() as found):
                yield OfNewerMajor(each.word, inside, MAJOR, found.what, found.locks, found.heavy)
            case BrokenStatement():
                yield UnreadableSql(each.word, inside, each.message)
            case NonSqlText():
                yield Opaque(each.span, inside, each.kind.value, "a body can hold SQL only")
