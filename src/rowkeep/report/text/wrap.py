"""Lines for a terminal: broken between words, cut between words."""

from __future__ import annotations

import textwrap

NARROWEST = 24


def wrap_text(text: str, width: int, indent: int = 0) -> list[str]:
    """The text in lines of at most `width` columns, all but the first behind `indent` blanks; no word is broken."""
    return textwrap.wrap(
        text,
        max(width, NARROWEST),
        subsequent_indent=" " * min(indent, max(0, width - NARROWEST)),
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]


def shorten_text(text: str, width: int) -> str:
    """The text on one line of at most `width` characters, cut between words where that leaves half of it."""
    line = " ".join(text.split())
    if len(line) <= width:
        return line
    cut = line[: width - 1]
    at = cut.rfind(" ")
    return f"{cut[:at] if at >= width // 2 else cut}…"
