"""Lines of a source, with a caret under the place."""

from __future__ import annotations

from unicodedata import east_asian_width

from rowkeep.domain.source import Excerpt
from rowkeep.report.visible import one_line


def excerpt_text(excerpt: Excerpt) -> str:
    """Numbered source lines with a caret, in the manner of compilers."""
    line, column, width = excerpt.caret
    gutter = len(str(max(number for number, _ in excerpt.lines)))
    rows = [" " * (gutter + 1) + "|"]
    for number, text in excerpt.lines:
        rows.append(f"{number:>{gutter}} | {_shown(text)}")
        if number == line:
            before, under = _shown(text[: column - 1]), _shown(text[column - 1 : column - 1 + width])
            rows.append(" " * (gutter + 1) + "| " + " " * _cells(before) + "^" * max(1, width and _cells(under)))
    return "\n".join(rows)


def _shown(text: str) -> str:
    """A part of a line as it is printed: a tab takes one place, what cannot be seen is spelled out."""
    return one_line(text.replace("\t", " "))


def _cells(text: str) -> int:
    """Places that a text takes on a terminal: two for a wide character."""
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
