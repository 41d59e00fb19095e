"""Counts in words: one thing, two things."""

from __future__ import annotations


def count_text(count: int, word: str, plural: str | None = None) -> str:
    """`1 row`, `2 rows`, `1,200 rows`; `word` may end in a word of its own: `file with changes` needs `plural`."""
    return f"{count:,} {plural_form(count, word, plural)}"


def plural_form(count: int, word: str, plural: str | None = None) -> str:
    """`word` as it stands beside `count`: `row` or `rows`, `is` or (plural) `are`."""
    return word if count == 1 else plural or word + "s"
