"""Runs smoke queries, each in a READ ONLY transaction of its own that is rolled back."""

from __future__ import annotations

import time
from collections.abc import Iterable

import psycopg
from psycopg import sql
from psycopg.pq.abc import PGresult

from rowkeep.database.connection.round_trip import send_together
from rowkeep.database.connection.session import GONE, Session
from rowkeep.domain.deploy.smoke_query import SmokeQuery, SmokeResult
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Unreachable

BOOLEAN = 16
"""The oid of the type."""

MOST_ROWS = 1000
"""How many rows of a query are read."""

BEGIN = b"BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"
DECLARE = b"DECLARE rowkeep_smoke NO SCROLL CURSOR FOR "
FETCH = b"FETCH FORWARD %d FROM rowkeep_smoke" % (MOST_ROWS + 1)


def run_smoke_queries(
    session: Session, queries: Iterable[SmokeQuery], *, schemas: tuple[str, ...], timeout_ms: int
) -> tuple[SmokeResult, ...]:
    """The results, in order. Raises Unreachable if the connection is lost.

    schemas: the search_path. timeout_ms: how long one query may take.
    """
    path = sql.SQL(", ").join(sql.Identifier(schema) for schema in schemas).as_string(session.connection)
    values = {"path": path, "timeout": f"{timeout_ms}ms"}
    return tuple(_run(session, query, values) for query in queries)


def _run(session: Session, query: SmokeQuery, values: dict[str, str]) -> SmokeResult:
    began = time.perf_counter()
    connection = session.connection
    try:
        connection.execute(BEGIN)
        session.ask("smoke.settings", values)
        # One statement each, whatever the text says to the server: a second one is a syntax error.
        text = query.text.encode()
        results = send_together(connection, [DECLARE + text, FETCH] if query.returns_rows else [text])
        why = _find_failure(results[-1])
    except psycopg.Error as error:
        if connection.closed or connection.broken or error.sqlstate in GONE:
            raise Unreachable(
                "the connection was lost while a smoke query ran",
                code=ErrorCode.CONNECTION_LOST,
                where=query.place,
                why=str(error).strip(),
            ) from None
        why = error.diag.message_primary or str(error).strip()
    finally:
        if not connection.closed:
            connection.execute(b"ROLLBACK")
    return SmokeResult(query, why, time.perf_counter() - began)


def _find_failure(result: PGresult) -> str | None:
    """What the rows say against the database; None for nothing."""
    columns = [number for number in range(result.nfields) if result.ftype(number) == BOOLEAN]
    if not columns:
        return None
    if result.ntuples > MOST_ROWS:
        return f"it returns more than {MOST_ROWS:,} rows: use an aggregate such as bool_and()"
    for row in range(result.ntuples):
        for column in columns:
            value = result.get_value(row, column)
            if value != b"t":
                name = (result.fname(column) or b"").decode("utf-8", "replace")
                where = f" in row {row + 1}" if result.ntuples > 1 else ""
                return f"{name} is {'NULL' if value is None else 'false'}{where}"
    return None
