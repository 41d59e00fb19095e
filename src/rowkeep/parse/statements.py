"""A text to raw statements, one reader each; what the parser refuses is cut out and the rest is read on."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import Act, Frame, OfNewerMajor, Opaque, Unreadable
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.source import Span
from rowkeep.parse import library
from rowkeep.parse.edges import trimmed
from rowkeep.parse.mapped import Mapped
from rowkeep.parse.newer import MAJOR, Newer, newer
from rowkeep.parse.offsets import characters
from rowkeep.parse.pieces import Piece, PieceKind, pieces
from rowkeep.parse.reader import Reader

LONG = 50_000
"""Characters from which on a text is first split and then read statement by statement."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A statement with its parse tree. span: in the file."""

    span: Span
    reader: Reader
    kind: str
    node: library.Node


@dataclass(frozen=True, slots=True)
class Broken:
    """A statement that the parser refuses. word: the token where it stumbled. newer: what a newer major calls it."""

    span: Span
    word: Span
    message: str
    newer: Newer | None = None


@dataclass(frozen=True, slots=True)
class Foreign:
    """A stretch that is no SQL: a psql command, COPY data."""

    span: Span
    kind: PieceKind


def read(text: Mapped, inside: tuple[Frame, ...] = ()) -> Iterator[Raw | Broken | Foreign]:
    """Every statement of `text` in order."""
    try:
        found = list(_taken(text, inside))
    except library.ParserSaysNo:
        pass
    else:
        yield from found
        return
    for piece in pieces(text.text):
        if piece.kind is PieceKind.STATEMENT:
            yield from _one(text, piece, inside)
        else:
            yield Foreign(text.span(piece.span.start, piece.span.end), piece.kind)


def _taken(text: Mapped, inside: tuple[Frame, ...]) -> Iterator[Raw | Broken]:
    """The statements of a text that parses. Raises ParserSaysNo for one that does not."""
    character = characters(text.text)
    if len(text.text) < LONG:
        for raw in library.statements(text.text):
            yield _raw(text, character, raw, inside)
        return
    for start, length in library.split(text.text):
        first, last = character(start), character(start + length)
        yield from _long(text, trimmed(text.text, first, last), inside)


def _raw(text: Mapped, character: library.ToCharacter, raw: library.Node, inside: tuple[Frame, ...]) -> Raw:
    location, length = raw.get("stmt_location", 0), raw.get("stmt_len", 0)
    end = character(location + length) if length else len(text.text)
    span = trimmed(text.text, character(location), end)
    ((kind, node),) = raw["stmt"].items()
    return Raw(text.span(span.start, span.end), Reader(text, character, span.start, span.end, inside), kind, node)


def _long(text: Mapped, span: Span, inside: tuple[Frame, ...]) -> Iterator[Raw | Broken]:
    """One statement of a long text that the splitter has found to be right SQL."""
    statement = text.cut(span.start, span.end)
    if len(statement.text) >= LONG:
        from rowkeep.parse.seeds import too_deep, without_rows

        statement = without_rows(statement)
        if too_deep(statement.text):
            whole = text.span(span.start, span.end)
            yield Broken(whole, Span(whole.start, whole.start + 1), "the statement is nested too deeply to be read")
            return
    character = characters(statement.text)
    for raw in library.statements(statement.text):
        yield _raw(statement, character, raw, inside)


def _one(text: Mapped, piece: Piece, inside: tuple[Frame, ...]) -> Iterator[Raw | Broken]:
    start, end = piece.span.start, piece.span.end
    words = text.cut(start, end)
    try:
        yield from list(_taken(words, inside))
    except library.ParserSaysNo as no:
        span = trimmed(text.text, start, end)
        at = min(start + no.position, max(span.start, span.end - 1)) if no.position is not None else span.start
        known = newer(text.text, span.start, span.end, at)
        if known is not None:
            phrase, found = known
            whole = text.span(span.start, span.end)
            yield Broken(whole, text.span(phrase.start, phrase.end), no.message, found)
            return
        word = piece.token_at(text.text, at)
        yield Broken(text.span(span.start, span.end), text.span(word.start, word.end), no.message)


def inner_acts(text: Mapped, inside: tuple[Frame, ...]) -> Iterator[Act]:
    """What the SQL of a body does, statement after statement."""
    from rowkeep.parse.acts.dispatch import acts

    for each in read(text, inside):
        match each:
            case Raw():
                yield from acts(each.reader, each.kind, each.node)
            case Broken(newer=Newer() as found):
                yield OfNewerMajor(each.word, inside, MAJOR, found.what, found.locks, found.heavy)
            case Broken():
                yield Unreadable(each.word, inside, each.message)
            case Foreign():
                yield Opaque(each.span, inside, each.kind.value, "a body can hold SQL only")
