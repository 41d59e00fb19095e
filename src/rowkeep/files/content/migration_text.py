"""The text of a follow-up migration, and how each layout turns off the transaction."""

from __future__ import annotations

import re

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.migration import Direction
from rowkeep.errors import Misused

_FRAMES = {
    "goose": ("-- +goose Up", "-- +goose Down"),
    "dbmate": ("-- migrate:up", "-- migrate:down"),
    "node-pg-migrate": ("-- Up Migration", "-- Down Migration"),
    "plain": ("-- Up Migration", "-- Down Migration"),
}
_OUTSIDE = {"goose": "-- +goose NO TRANSACTION\n", "sqlx": "-- no-transaction\n"}
_OWN_WORD = ("node-pg-migrate", "plain")
"""Where Rowkeep's own comment says it."""
_UNMARKED = ("node-pg-migrate", "plain", "flyway", "golang-migrate", "prisma")
"""Rowkeep and Flyway tell by the statement; the others begin no transaction around a file with one statement."""
_WHY = {
    "diesel": "diesel runs it in a transaction, unless metadata.toml in the folder says otherwise",
    "drizzle": "drizzle runs all migrations in one transaction",
    "supabase": "the Supabase CLI sends the statements of a file in one pipeline",
    "atlas": "atlas.sum contains the checksum of the file",
}


def frame_migration(text: str, layout: str, back: str | None, *, back_outside: bool = False) -> str:
    """A new file. back: its down part, None where it has none in the same file. back_outside: run one by one."""
    if layout == "goose" and "$$" in text:
        # goose splits the text at every `;` at the end of a line.
        text = f"-- +goose StatementBegin\n{text}-- +goose StatementEnd\n"
    up, down = _FRAMES.get(layout, ("", ""))
    needed = layout in ("goose", "dbmate")
    if not up or not (needed or back is not None):
        return text
    joined = f"{up}\n\n{text}"
    if back is None:
        return joined
    word = "-- rowkeep: no-transaction\n" if back_outside and layout in _OWN_WORD else ""
    return f"{joined}\n{down}\n{word}\n{back}"


def runs_outside(layout: str) -> bool:
    """Whether a file of the layout can run several statements of its down part outside a transaction.

    goose has one word for both parts.
    """
    return layout in (*_OWN_WORD, "sqlx", "dbmate")


def runs_by_statement(layout: str) -> bool:
    """Whether a file with a single statement needs no directive to run outside a transaction."""
    return layout in _UNMARKED


def mark_outside_transaction(text: str, layout: str, ways: frozenset[Direction], parts: frozenset[Direction]) -> str:
    """The file with directives that run its parts in `ways` outside a transaction. Raises Misused if impossible.

    parts: those that hold a statement.
    """
    if layout in _UNMARKED or not ways:
        return text
    if layout == "dbmate":
        for way in ways:
            marker = rf"^(--\s*migrate:{way.value})(?=[ \t\r]*$)"
            text = re.sub(marker, r"\1 transaction:false", text, count=1, flags=re.MULTILINE)
        return text
    if layout == "goose" and ways != parts:
        # Its directive turns off the transaction for both parts.
        raise Misused(
            "goose has one directive for both parts: the other part would lose its transaction",
            code=ErrorCode.LAYOUT_NOT_SUPPORTED,
        )
    if layout in _OUTSIDE:
        return text if text.startswith(_OUTSIDE[layout].rstrip()) else _OUTSIDE[layout] + text
    raise Misused(
        "this layout cannot express statements that run outside a transaction",
        code=ErrorCode.LAYOUT_NOT_SUPPORTED,
        why=_WHY.get(layout, ""),
    )
