"""Reads one statement: converts the parser's byte positions to spans of the file, and its nodes to names and types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.operation import Frame, FrameKind, Name, TypeName
from rowkeep.domain.source import Span
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.text.lexer import Token, meaningful_tokens
from rowkeep.parse.text.mapped_text import MappedText
from rowkeep.parse.text.token_ends import item_end, token_end, type_end
from rowkeep.parse.tree import string_values


@dataclass(slots=True)
class StatementReader:
    """A statement of `text`. character: bytes to characters of `text`. start, end: the statement's, in characters."""

    text: MappedText
    character: Callable[[int], int]
    start: int
    end: int
    inside: tuple[Frame, ...] = ()

    @property
    def whole(self) -> Span:
        """The statement in the file."""
        return self.text.span(self.start, self.end)

    def within(self, kind: FrameKind, span: Span, text: str = "") -> StatementReader:
        """The same statement inside one more frame."""
        frame = Frame(kind, span, text)
        return StatementReader(self.text, self.character, self.start, self.end, (*self.inside, frame))

    @property
    def words(self) -> str:
        """The whole text, to which the positions refer."""
        return self.text.text

    def tokens(self, start: int | None = None) -> Iterator[Token]:
        """Its tokens without blanks and comments, from the character `start` on, lexed lazily."""
        return meaningful_tokens(self.words, self.start if start is None else start, self.end)

    def token(self, location: int | None) -> Span:
        """The token at byte `location` in the file; the whole statement if the parser gives no location."""
        if location is None or location < 0:
            return self.whole
        at = self.character(location)
        return self.text.span(at, token_end(self.words, at, self.end))

    def extent(self, location: int | None) -> Span:
        """The list item (a column, a constraint) that begins at byte `location`."""
        if location is None or location < 0:
            return self.whole
        at = self.character(location)
        return self.text.span(at, item_end(self.words, at, self.end))

    def name(self, relation: Node) -> Name:
        """A RangeVar's name."""
        return as_name(relation.get("relname", ""), relation.get("schemaname"))

    def names(self, relations: Iterable[Node] | None) -> tuple[Name, ...]:
        """The names of a list of RangeVar nodes."""
        return tuple(self.name(item["RangeVar"]) for item in relations or () if "RangeVar" in item)

    def type(self, node: Node) -> TypeName:
        """A TypeName node."""
        parts = string_values(node.get("names"))
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
        """The type as written."""
        at = self.character(location)
        return self.words[at : type_end(self.words, at, self.end)]


@lru_cache(4096)
def as_name(name: str, schema: str | None = None) -> Name:
    """A name from the parser, with its SQL spelling."""
    if not name:
        return Name("")
    written = quote_name(name)
    return Name(name, schema or None, f"{quote_name(schema)}.{written}" if schema else written)


def qualified_name(parts: Iterable[Node] | None) -> Name:
    """A qualified name out of a list of String nodes."""
    words = string_values(parts)
    return as_name(words[-1] if words else "", words[-2] if len(words) > 1 else None)


def object_name(node: Node) -> Name:
    """The name in an `object` field, which is a String, a List, a TypeName or an ObjectWithArgs."""
    if "String" in node:
        return as_name(node["String"].get("sval", ""))
    if "List" in node:
        return qualified_name(node["List"].get("items"))
    if "TypeName" in node:
        return qualified_name(node["TypeName"].get("names"))
    if "ObjectWithArgs" in node:
        return qualified_name(node["ObjectWithArgs"].get("objname"))
    return as_name("")
