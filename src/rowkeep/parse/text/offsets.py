"""Converts byte positions of the parser to character positions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from rowkeep.domain.late_regex import compile_later

_WIDE = compile_later(r"[^\x00-\x7f]")


def byte_to_character(text: str) -> Callable[[int], int]:
    """The function that turns a byte offset into `text` (as UTF-8) into a character offset.

    Only characters of more than one byte are stored, so ASCII text costs nothing.
    """
    if text.isascii():
        return _same
    ends: list[int] = []
    surplus = 0
    surpluses = [0]
    for match in _WIDE.finditer(text):
        width = len(match.group().encode("utf-8", "replace"))
        ends.append(match.start() + surplus + width)
        surplus += width - 1
        surpluses.append(surplus)

    def character(offset: int) -> int:
        return offset - surpluses[bisect_right(ends, offset)]

    return character


def _same(offset: int) -> int:
    return offset
