"""Count what is in every table: one snapshot, one scan per table. For scratch servers, where a scan hurts nobody."""

from __future__ import annotations

from psycopg import sql

from rowkeep.database.session import Session, answered
from rowkeep.domain.observation import ColumnSeen, Observation, TableSeen


def unnoticed(major: int) -> dict[str, str]:
    """Options of a superuser's session for which no event trigger fires: that of a login may write, and did not
    write because of a migration. Before 17 there are none for logins."""
    return {"options": "-c event_triggers=off"} if major >= 17 else {}


def observe(session: Session, *, history_schema: str, history_table: str) -> Observation:
    """Rows per table and values per column, all at one snapshot. The history table and our ledger are left out.

    Raises Failed or Unreachable.
    """
    with answered("the rows of the copy cannot be counted"):
        return _observe(session, history_schema, history_table)


def _observe(session: Session, history_schema: str, history_table: str) -> Observation:
    connection = session.connection
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        # Row security would silently hide rows from the count; off, it is an error instead.
        connection.execute("SET LOCAL row_security = off")
        tables = []
        listed = session.ask("observed_tables", {"history_schema": history_schema, "history_table": history_table})
        for oid, root, family, schema, name, updated, deleted, columns in listed:
            counts = _counts(session, schema, name, [column[1] for column in columns])
            seen = tuple(
                ColumnSeen(int(number), column, type_, filled)
                for (number, column, type_), filled in zip(columns, counts[1:], strict=True)
            )
            tables.append(TableSeen(oid, root, family, f"{schema}.{name}", counts[0], seen, updated, deleted))
        large_objects = session.ask("large_objects")[0][0]
    finally:
        if not connection.closed:
            connection.execute("ROLLBACK")
    return Observation(tuple(tables), large_objects)


def _counts(session: Session, schema: str, table: str, columns: list[str]) -> tuple[int, ...]:
    wanted = [sql.SQL("pg_catalog.count(*)")]
    wanted += [sql.SQL("pg_catalog.count({})").format(sql.Identifier(column)) for column in columns]  # type: ignore[misc]
    query = sql.SQL("SELECT {} FROM ONLY {}").format(sql.SQL(", ").join(wanted), sql.Identifier(schema, table))
    row = session.connection.execute(query).fetchone()
    assert row is not None  # an aggregate without GROUP BY returns one row
    return tuple(row)
