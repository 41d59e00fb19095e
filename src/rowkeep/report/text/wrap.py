"""Wraps and shortens text for a terminal, at word boundaries."""

from __future__ import annotations

import textwrap

NARROWEST = 24


def wrap_text(text: str, width: int, indent: int = 0) -> list[str]:
    """The text in lines of at most `width` columns. Lines after the first are indented; words are not broken."""
    return textwrap.wrap(
        text,
        max(width, NARROWEST),
        subsequent_indent=" " * min(indent, max(0, width - NARROWEST)),
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]


def shorten_text(text: str, width: int) -> str:
    """The text on one line of at most `width` characters, cut at a word boundary if that keeps at least half."""
    line = " ".join(text.split())
    if len(line) <= width:
        return line
    cut = line[: width - 1]
    at = cut.rfind(" ")
    return f"{cut[:at] if at >= width // 2 else cut}…"
