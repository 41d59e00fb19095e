"""How many rows a table has, and which: numbers that a restored copy must reproduce."""

from __future__ import annotations

import contextlib

import psycopg
from psycopg import sql

from rowkeep.database.session import Session
from rowkeep.database.snapshot import spoken
from rowkeep.domain.backup import SequenceValue, TableCount

ROWS = sql.SQL("SELECT pg_catalog.count(*) FROM ONLY {}")
HASHES = sql.SQL(
    "SELECT pg_catalog.count(*),"
    " pg_catalog.sum(pg_catalog.hashtextextended(q.line, 0)::numeric)::text,"
    " pg_catalog.sum(pg_catalog.hashtextextended(q.line, 1)::numeric)::text"
    # OFFSET 0 keeps the planner from building the text twice.
    " FROM (SELECT (rowkeep_row.*)::text AS line FROM ONLY {} AS rowkeep_row OFFSET 0) AS q"
)


def count(session: Session, schema: str, table: str, *, hashes: bool = False) -> TableCount:
    """Count one table in the session's own transaction or snapshot; with `hashes`, read every value too.

    Raises Unread with the server's words when it cannot.

    The hashes are sums of `hashtextextended` over each row's text with two seeds: the order of rows does not matter,
    two equal errors do not cancel each other, and they are the same on 14 to 18. Both sides must run with the
    settings of `snapshot_settings.sql`.
    """
    source = sql.Identifier(schema, table)
    with spoken():
        row = session.connection.execute((HASHES if hashes else ROWS).format(source)).fetchone()
    assert row is not None  # an aggregate without GROUP BY returns one row
    return TableCount(schema, table, row[0], (row[1] or "0", row[2] or "0") if hashes else None)


def cancel(session: Session) -> None:
    """Stop, on the server, what another thread makes this session do."""
    with contextlib.suppress(psycopg.Error):
        session.connection.cancel_safe(timeout=5)


def sequences(session: Session) -> tuple[SequenceValue, ...]:
    """Every sequence's last value, as it is now."""
    return tuple(SequenceValue(*row) for row in session.ask("snapshot_sequences"))


def large_objects(session: Session, *, hashes: bool = False) -> tuple[int, tuple[str, str] | None]:
    """How many large objects there are; with `hashes`, two sums over number and content of each. Raises Unread."""
    with spoken():
        if not hashes:
            return int(session.ask("large_objects")[0][0]), None
        number, first, second = session.ask("counts_large_objects")[0]
    return number, (first or "0", second or "0")
