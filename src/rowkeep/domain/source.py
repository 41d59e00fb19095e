"""A text, places in it, and the lines around a place."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from rowkeep.domain.frozen import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters `start` (included) to `end` (excluded) of a text, counted from 0."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A point in a file; line and column count from 1, columns in characters."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


LONGEST = 240
"""Most characters of a line that an excerpt shows: those around the place."""

CUT = "…"

BLOCK = 1024
"""Size of the blocks, in characters, whose bytes are counted once for all later places."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Source lines to show under a message. lines: (number, text); caret: (line, first column, width).

    Columns count in the shown text: the beginning and the end of a long line are cut off.
    """

    lines: tuple[tuple[int, str], ...]
    caret: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Source:
    """A file's text as it was read (BOM removed, line ends kept).

    readings: what was made of the text, by the name of the function that made it. It lives as long as the text: one
    that is kept in memory is divided once.
    """

    path: str
    text: str
    _starts: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _blocks: list[int] = field(init=False, repr=False, compare=False)
    readings: dict[str, object] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts = [0]
        at = self.text.find("\n")
        while at != -1:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        object.__setattr__(self, "_starts", tuple(starts))
        object.__setattr__(self, "_blocks", [])
        object.__setattr__(self, "readings", {})

    def place(self, offset: int) -> Place:
        """Line and column of the character at `offset` (an offset past the end means the end)."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self._starts, offset)
        return Place(self.path, line, offset - self._starts[line - 1] + 1)

    def offset(self, line: int, column: int) -> int:
        """The character at `line` and `column` (both from 1); the end of the text if that is past it."""
        if line > len(self._starts):
            return len(self.text)
        return min(len(self.text), self._starts[max(1, line) - 1] + max(1, column) - 1)

    def line(self, number: int) -> str:
        """The text of line `number` (from 1), without its line end."""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def bytes_before(self, place: Place) -> int:
        """How many bytes of UTF-8 are before `place` in its line.

        An ASCII text needs no counting, so a line with thousands of findings is not read for each.
        """
        if self.text.isascii():
            return place.column - 1
        start = self._starts[place.line - 1]
        return self._bytes(start + place.column - 1) - self._bytes(start)

    def _bytes(self, offset: int) -> int:
        """How many bytes of UTF-8 are before the character at `offset`."""
        blocks, text = self._blocks, self.text
        if not blocks:
            ends = (len(text[at : at + BLOCK].encode("utf-8", "replace")) for at in range(0, len(text), BLOCK))
            blocks.extend(accumulate(ends, initial=0))
        block = offset // BLOCK
        return blocks[block] + len(text[block * BLOCK : offset].encode("utf-8", "replace"))

    def excerpt(self, span: Span, before: int = 1) -> Excerpt:
        """The line where `span` starts, with a caret under it, and up to `before` lines before it."""
        place = self.place(span.start)
        first = max(1, place.line - before)
        text, moved = self._cut(place.line, place.column)
        column = place.column - moved
        room = max(1, len(text) - column + 1)
        width = max(1, min(span.end - span.start, room))
        ahead = ((number, self._cut(number, 1)[0]) for number in range(first, place.line))
        return Excerpt(lines=(*ahead, (place.line, text)), caret=(place.line, column, width))

    def _cut(self, number: int, column: int) -> tuple[str, int]:
        """At most LONGEST characters of a line around `column`, and by how many columns they moved to the left.

        Never the whole of a long line: a file of one line with thousands of findings would be copied for each.
        """
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        while end > start and self.text[end - 1] in "\r\n":
            end -= 1
        if end - start <= LONGEST:
            return self.text[start:end], 0
        low = max(0, min(column - 1 - LONGEST // 3, end - start - LONGEST))
        high = low + LONGEST
        shown = self.text[start + low : start + high]
        shown = (CUT + shown[1:] if low else shown) if column - 1 > low or not low else shown
        return (shown[:-1] + CUT if start + high < end else shown), low
