"""A text made of parts of a file (a body, an unescaped literal, a concatenation), with the places in the file."""

from __future__ import annotations

from bisect import bisect_right

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.source import Span


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` of the text on, its characters are those of the file from `origin` on; or all of them represent the
    characters `origin` to `end` there (a doubled quote, a known value of a variable)."""

    start: int
    origin: int
    end: int | None = None


@dataclass(frozen=True, slots=True)
class MappedText:
    """A text with the place of each of its characters. stretches: in order, the first at 0."""

    text: str
    stretches: tuple[Stretch, ...]

    def span(self, start: int, end: int) -> Span:
        """The place of `text[start:end]` in the file."""
        if len(self.stretches) == 1 and self.stretches[0].end is None:
            by = self.stretches[0].origin
            return Span(start + by, max(start, end) + by)
        if end <= start:
            at = self._origin(start, first=True)
            return Span(at, at)
        return Span(self._origin(start, first=True), max(self._origin(end - 1, first=False), 0))

    def _origin(self, offset: int, *, first: bool) -> int:
        """The file position of the character at `offset`: where it starts, or where it ends."""
        if len(self.stretches) == 1:
            stretch = self.stretches[0]
        else:
            stretch = self.stretches[bisect_right(self.stretches, offset, key=lambda one: one.start) - 1]
        if stretch.end is not None:
            return stretch.origin if first else stretch.end
        return stretch.origin + (offset - stretch.start) + (0 if first else 1)

    def cut(self, start: int, end: int) -> MappedText:
        """The part `text[start:end]`, with its places."""
        kept = [stretch for stretch in self.stretches if start < stretch.start < end]
        first = self.stretches[max(0, bisect_right(self.stretches, start, key=lambda one: one.start) - 1)]
        origin = first.origin if first.end is not None else first.origin + (start - first.start)
        moved = [Stretch(0, origin, first.end), *(Stretch(one.start - start, one.origin, one.end) for one in kept)]
        return MappedText(self.text[start:end], tuple(moved))

    def concat(self, other: MappedText) -> MappedText:
        """This text followed by `other`."""
        if not self.text:
            return other
        moved = (Stretch(one.start + len(self.text), one.origin, one.end) for one in other.stretches)
        return MappedText(self.text + other.text, (*self.stretches, *moved))


def map_plain(text: str, origin: int) -> MappedText:
    """A text that is in the file unchanged, from `origin` on."""
    return MappedText(text, (Stretch(0, origin),))


def map_replacement(text: str, span: Span) -> MappedText:
    """A text that represents the characters of `span`."""
    return MappedText(text, (Stretch(0, span.start, span.end),))
