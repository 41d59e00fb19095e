"""One statement being read: from the parser's byte positions to spans of the file, and to names and types."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from rowkeep.domain.act import Frame, FrameKind, Name, TypeName
from rowkeep.domain.source import Span
from rowkeep.knowledge.keywords import quoted
from rowkeep.parse.lexer import Token, meaningful
from rowkeep.parse.library import Node
from rowkeep.parse.mapped import Mapped
from rowkeep.parse.tree import strings


class Lexed(NamedTuple):
    """A statement's tokens, what they spell in lower case, and where they start."""

    tokens: list[Token]
    words: list[str]
    starts: list[int]


@dataclass(slots=True)
class Reader:
    """A statement of `text`. character: bytes to characters of `text`. start, end: the statement's, in characters."""

    text: Mapped
    character: Callable[[int], int]
    start: int
    end: int
    inside: tuple[Frame, ...] = ()
    _lexed: Lexed | None = None

    @property
    def whole(self) -> Span:
        """The statement in the file."""
        return self.text.span(self.start, self.end)

    def within(self, kind: FrameKind, span: Span, text: str = "") -> Reader:
        """The same statement seen from inside one more frame."""
        frame = Frame(kind, span, text)
        return Reader(self.text, self.character, self.start, self.end, (*self.inside, frame), self.lexed)

    @property
    def lexed(self) -> Lexed:
        """The statement's tokens; lexed once, and only if something asks."""
        if self._lexed is None:
            found = list(meaningful(self.text.text, self.start, self.end))
            words = [self.text.text[token.start : token.end].lower() for token in found]
            self._lexed = Lexed(found, words, [token.start for token in found])
        return self._lexed

    @property
    def tokens(self) -> list[Token]:
        """Its tokens without blanks and comments, at their positions in `text`."""
        return self.lexed.tokens

    @property
    def words(self) -> list[str]:
        """What its tokens spell, in lower case."""
        return self.lexed.words

    def index(self, location: int) -> int:
        """The place in `tokens` of the token at byte `location`; the last one if it lies behind."""
        starts = self.lexed.starts
        return min(bisect_left(starts, self.character(location)), len(starts) - 1)

    def between(self, first: int, last: int) -> Span:
        """The span in the file of `tokens[first]` to `tokens[last]` (included)."""
        return self.text.span(self.tokens[first].start, self.tokens[max(first, last)].end)

    def token(self, location: int | None) -> Span:
        """The token at byte `location` in the file; the statement where the parser gives no location."""
        if location is None or location < 0:
            return self.whole
        at = self.index(location)
        return self.between(at, at)

    def extent(self, location: int | None) -> Span:
        """From the token at byte `location` to the comma or bracket that ends its item: a column, a constraint."""
        if location is None or location < 0:
            return self.whole
        first = self.index(location)
        return self.between(first, self.item_end(first))

    def item_end(self, first: int) -> int:
        """The place of the last token of the list item that begins at `tokens[first]`."""
        depth = 0
        words = self.words
        for at in range(first, len(words)):
            word = words[at]
            if word in _BRACKETS:
                depth += _BRACKETS[word]
                if depth < 0:
                    return at - 1
            elif word == "," and depth == 0:
                return at - 1
        return len(words) - 1

    def items(self, first: int) -> list[Span]:
        """The comma-separated items from `tokens[first]` on."""
        found = []
        while first < len(self.tokens):
            last = self.item_end(first)
            found.append(self.between(first, last))
            first = last + 2
        return found

    def name(self, relation: Node) -> Name:
        """A RangeVar's name."""
        return named(relation.get("relname", ""), relation.get("schemaname"))

    def names(self, relations: Iterable[Node] | None) -> tuple[Name, ...]:
        """The names of a list of RangeVar nodes."""
        return tuple(self.name(item["RangeVar"]) for item in relations or () if "RangeVar" in item)

    def type(self, node: Node) -> TypeName:
        """A TypeName node."""
        parts = strings(node.get("names"))
        schema = parts[-2] if len(parts) > 1 else None
        numbers = [item.get("A_Const", {}).get("ival", {}).get("ival", 0) for item in node.get("typmods", ())]
        location = node.get("location")
        return TypeName(
            parts[-1] if parts else "",
            None if schema == "pg_catalog" else schema,
            tuple(numbers) if numbers != [-1] else (),
            bool(node.get("arrayBounds")),
            self._written_type(location) if location is not None and location >= 0 else ".".join(parts),
        )

    def _written_type(self, location: int) -> str:
        """The type as it stands in the file: its words, brackets and all, up to what cannot belong to it."""
        first = last = self.index(location)
        depth = 0
        words = self.words
        for at in range(first, len(words)):
            word = words[at]
            if word in _BRACKETS:
                depth += _BRACKETS[word]
            elif depth == 0 and at > first and word not in _TYPE_WORDS and words[at - 1] != ".":
                break
            if depth < 0:
                break
            last = at
        return self.text.text[self.tokens[first].start : self.tokens[last].end]


_BRACKETS = {"(": 1, "[": 1, ")": -1, "]": -1}
_TYPE_WORDS = frozenset({"varying", "precision", "with", "without", "time", "zone", "array", ".", "%", "to"})
_TYPE_WORDS |= {"year", "month", "day", "hour", "minute", "second"}


def named(name: str, schema: str | None = None) -> Name:
    """A name as the parser gives it, with the way SQL spells it."""
    written = quoted(name) if name else ""
    return Name(name, schema or None, f"{quoted(schema)}.{written}" if schema else written)


def name_of(parts: Iterable[Node] | None) -> Name:
    """A qualified name out of a list of String nodes."""
    words = strings(parts)
    return named(words[-1] if words else "", words[-2] if len(words) > 1 else None)


def object_name(node: Node) -> Name:
    """The name in an `object` field, which is a String, a List, a TypeName or an ObjectWithArgs."""
    if "String" in node:
        return named(node["String"].get("sval", ""))
    if "List" in node:
        return name_of(node["List"].get("items"))
    if "TypeName" in node:
        return name_of(node["TypeName"].get("names"))
    if "ObjectWithArgs" in node:
        return name_of(node["ObjectWithArgs"].get("objname"))
    return named("")
