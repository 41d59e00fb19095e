"""Counts rows and values of every table, in one snapshot, with one scan per table. For scratch servers only."""

from __future__ import annotations

import time

from psycopg import sql

from rowkeep.database.connection.session import Session, run_queries
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.schema.table_contents import ColumnContents, DatabaseContents, TableContents
from rowkeep.errors import Failed, Remains

STATISTICS_WAIT_S = 60.0
"""How long a closed session may take to end."""

STATISTICS_AGE_S = 0.5
"""Before 15 the server answers from a file of statistics that may be this old (PGSTAT_STAT_INTERVAL)."""


def without_event_triggers(major: int) -> dict[str, str]:
    """Options of a superuser's session in which no event trigger fires: a login trigger may write rows that no
    migration wrote. Before 17 there are no login triggers."""
    return {"options": "-c event_triggers=off"} if major >= 17 else {}


def read_contents(session: Session, *, history_schema: str, history_table: str) -> DatabaseContents:
    """Rows per table and values per column, all at one snapshot. The history table and our ledger are left out.

    Raises Failed or Unreachable.
    """
    with run_queries("the rows of the copy cannot be counted"):
        _wait_for_statistics(session)
        return _count_tables(session, history_schema, history_table)


def _wait_for_statistics(session: Session) -> None:
    """Wait until the counters of updated and deleted rows are complete: a session reports them when it ends, which is
    after its client closed it. Raises Failed if another session stays open."""
    deadline = time.monotonic() + STATISTICS_WAIT_S
    while not session.ask("contents.statistics_complete")[0][0]:
        if time.monotonic() > deadline:
            raise Failed(
                "the changed rows of the copy cannot be counted",
                code=ErrorCode.DATABASE_READ_FAILED,
                remains=Remains.UNCHANGED,
                why=f"another session on it did not end within {STATISTICS_WAIT_S:g} s",
            )
        time.sleep(0.005)
    if session.major < 15:
        time.sleep(STATISTICS_AGE_S + 0.05)


def _count_tables(session: Session, history_schema: str, history_table: str) -> DatabaseContents:
    connection = session.connection
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        # Row security would silently hide rows from the count; off makes that an error.
        connection.execute("SET LOCAL row_security = off")
        tables = []
        listed = session.ask("contents.tables", {"history_schema": history_schema, "history_table": history_table})
        for oid, root, family, schema, name, updated, deleted, inserted, file, size, columns in listed:
            counts = _counts(session, schema, name, [column[1] for column in columns])
            contents = tuple(
                ColumnContents(int(number), column, type_, filled)
                for (number, column, type_), filled in zip(columns, counts[1:], strict=True)
            )
            tables.append(
                TableContents(
                    oid, root, family, f"{schema}.{name}", counts[0], contents, updated, deleted, inserted, file, size
                )
            )
        large_objects = session.ask("contents.count_large_objects")[0][0]
    finally:
        if not connection.closed:
            connection.execute("ROLLBACK")
    return DatabaseContents(tuple(tables), large_objects)


def _counts(session: Session, schema: str, table: str, columns: list[str]) -> tuple[int, ...]:
    counts = [sql.SQL("pg_catalog.count(*)")]
    counts += [sql.SQL("pg_catalog.count({})").format(sql.Identifier(column)) for column in columns]  # type: ignore[misc]
    query = sql.SQL("SELECT {} FROM ONLY {}").format(sql.SQL(", ").join(counts), sql.Identifier(schema, table))
    row = session.connection.execute(query).fetchone()
    assert row is not None  # an aggregate without GROUP BY returns one row
    return tuple(row)
