"""Lines of a source, with a caret under the place."""

from __future__ import annotations

from rowkeep.domain.source import Excerpt


def excerpt_text(excerpt: Excerpt) -> str:
    """Numbered source lines with a caret, in the manner of compilers."""
    line, column, width = excerpt.caret
    gutter = len(str(max(number for number, _ in excerpt.lines)))
    rows = [" " * (gutter + 1) + "|"]
    for number, text in excerpt.lines:
        rows.append(f"{number:>{gutter}} | {text.expandtabs(1)}")
        if number == line:
            rows.append(" " * (gutter + 1) + "| " + " " * (column - 1) + "^" * width)
    return "\n".join(rows)
