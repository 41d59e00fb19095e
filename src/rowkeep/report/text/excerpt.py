"""Source lines with a caret under the place."""

from __future__ import annotations

from unicodedata import category, combining, east_asian_width

from rowkeep.domain.source import Excerpt


def format_excerpt(excerpt: Excerpt) -> str:
    """Numbered source lines with a caret, as compilers show them."""
    line, column, width = excerpt.caret
    gutter = len(str(max(number for number, _ in excerpt.lines)))
    rows = [" " * (gutter + 1) + "|"]
    for number, text in excerpt.lines:
        shown = text.expandtabs(1)
        rows.append(f"{number:>{gutter}} | {shown}")
        if number == line:
            before, under = shown[: column - 1], shown[column - 1 : column - 1 + width]
            rows.append(" " * (gutter + 1) + "| " + " " * columns(before) + "^" * max(1, columns(under) or width))
    return "\n".join(rows)


def columns(text: str) -> int:
    """The columns a text takes on a terminal: two for a wide character, none for a combining character."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if combining(character) or category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(character) in ("W", "F") else 1
