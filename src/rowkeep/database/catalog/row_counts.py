"""Counts and hashes the rows of tables: numbers that a restored copy must reproduce."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import psycopg
from psycopg import sql

from rowkeep.database.catalog.dump_snapshot import SnapshotError, translate_errors
from rowkeep.database.connection.session import Session
from rowkeep.domain.deploy.backup import SequenceValue, TableCount

NOT_FOUND = frozenset({"42883", "42P01", "42704", "3F000", "42703"})
"""undefined_function, undefined_table, undefined_object, invalid_schema_name, undefined_column."""

ROWS = sql.SQL("SELECT pg_catalog.count(*) FROM ONLY {} AS rowkeep_row")
HASHES = sql.SQL(
    "SELECT pg_catalog.count(*),"
    " pg_catalog.sum(pg_catalog.hashtextextended(q.line, 0)::numeric)::text,"
    " pg_catalog.sum(pg_catalog.hashtextextended(q.line, 1)::numeric)::text"
    # Not `::text`: the table's owner may have made such a cast. OFFSET 0 keeps the text from being built twice.
    " FROM (SELECT pg_catalog.textin(pg_catalog.record_out(rowkeep_row.*)) AS line"
    " FROM ONLY {} AS rowkeep_row OFFSET 0) AS q"
)


def count_rows(
    session: Session, schema: str, table: str, *, hashes: bool = False, path: tuple[str, ...] = ()
) -> TableCount:
    """Count one table in the session's own transaction or snapshot; with `hashes`, read every value too.

    Raises SnapshotError with the server's error if it cannot.

    The hashes are sums of `hashtextextended` over each row's text with two seeds: the order of rows does not matter,
    two equal errors do not cancel each other, and they are the same on 14 to 18. Both sides must have the settings of
    `dump_snapshot.prepare_session`.

    path: the search_path for a table whose index calls a function that depends on one: PostgreSQL parses that function
    whenever it plans to read the table. Such a table is only counted, because its values could be printed differently.
    """
    source = sql.Identifier(schema, table)
    try:
        with translate_errors():
            with session.connection.transaction():
                row = session.connection.execute((HASHES if hashes else ROWS).format(source)).fetchone()
            assert row is not None  # an aggregate without GROUP BY returns one row
            return TableCount(schema, table, row[0], (row[1] or "0", row[2] or "0") if hashes else None)
    except SnapshotError as error:
        if not path or error.sqlstate not in NOT_FOUND:
            raise
    names = sql.SQL(", ").join(sql.Identifier(name) for name in path)
    with translate_errors(), session.connection.transaction():
        session.connection.execute(sql.SQL("SET LOCAL search_path TO {}").format(names))
        row = session.connection.execute(ROWS.format(source)).fetchone()
        # A setting survives a savepoint that is released.
        session.connection.execute("SET LOCAL search_path = ''")
    assert row is not None
    return TableCount(schema, table, row[0])


def count_batch(
    session: Session, tables: Sequence[tuple[str, str]], *, path: tuple[str, ...] = ()
) -> tuple[TableCount, ...]:
    """As `count_rows`, for several tables (schema, name) at once: with many tables, round trips cost most."""
    counts = sql.SQL(", ").join(
        sql.SQL("({})").format(ROWS.format(sql.Identifier(schema, table))) for schema, table in tables
    )
    try:
        with translate_errors(), session.connection.transaction():
            row = session.connection.execute(sql.SQL("SELECT {}").format(counts)).fetchone()
    except SnapshotError as error:
        if not path or error.sqlstate not in NOT_FOUND:
            raise
        return tuple(count_rows(session, schema, table, path=path) for schema, table in tables)
    assert row is not None  # a SELECT without FROM returns one row
    return tuple(TableCount(schema, table, rows) for (schema, table), rows in zip(tables, row, strict=True))


def cancel_query(session: Session) -> None:
    """Cancel, on the server, the query that another thread runs in this session."""
    with contextlib.suppress(psycopg.Error):
        session.connection.cancel_safe(timeout=5)


BATCH = 100
"""Tables or sequences of one statement or transaction: far fewer locks than the smallest server has room for."""


def read_sequences(session: Session) -> tuple[SequenceValue, ...]:
    """Every sequence's current last value: sequences ignore snapshots. Call it outside a transaction.

    A dump that starts later contains these values or later ones.
    """
    listed = session.ask("dump_snapshot.sequences")
    last = last_values(session, [row[0] for row in listed])
    return tuple(SequenceValue(schema, name, last.get(oid), ascending) for oid, schema, name, ascending in listed)


def last_values(session: Session, oids: Sequence[int]) -> dict[int, int | None]:
    """The last value of each sequence. A batch at a time: each sequence stays locked until its transaction ends."""
    values: dict[int, int | None] = {}
    for first in range(0, len(oids), BATCH):
        values.update(session.ask("contents.sequence_values", {"oids": list(oids[first : first + BATCH])}))
    return values


def count_large_objects(session: Session, *, hashes: bool = False) -> tuple[int, tuple[str, str] | None]:
    """Count large objects; with `hashes`, also two sums over number and content of each. Raises SnapshotError."""
    with translate_errors():
        if not hashes:
            return int(session.ask("contents.count_large_objects")[0][0]), None
        number, first, second = session.ask("contents.hash_large_objects")[0]
    return number, (first or "0", second or "0")
