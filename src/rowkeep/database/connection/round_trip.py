"""Sends several commands in one round trip, and returns the result of each.

The commands are one pipeline, so without BEGIN they are one transaction, in which each statement sees what was
committed before it began (read committed). After an error the server skips the rest. psycopg's own `pipeline()` is
not used: an interruption by Ctrl-C, and the errors of skipped commands, would end it with another exception.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import psycopg
from psycopg import pq
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.rows import TupleRow
from psycopg.waiting import Ready, Wait

if TYPE_CHECKING:
    from psycopg.abc import PQGen


def send_together(connection: psycopg.Connection[TupleRow], commands: Sequence[bytes]) -> list[PGresult]:
    """Send the commands, one statement each, and return their results. Raises psycopg.Error: that of the first error.

    The connection must not be in a pipeline.
    """
    pgconn = connection.pgconn
    with connection.lock:
        pgconn.enter_pipeline_mode()
        try:
            results = connection.wait(_exchange(pgconn, commands))
        finally:
            if pgconn.status == pq.ConnStatus.OK and pgconn.transaction_status != pq.TransactionStatus.ACTIVE:
                pgconn.exit_pipeline_mode()
    for result in results:
        if result.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(result, encoding="utf-8")
    return results


def _exchange(pgconn: PGconn, commands: Sequence[bytes]) -> PQGen[list[PGresult]]:
    for command in commands:
        pgconn.send_query_params(command, None)
    pgconn.pipeline_sync()
    results: list[PGresult] = []
    unsent = True
    while True:
        if unsent:
            unsent = bool(pgconn.flush())
        ready = yield Wait.RW if unsent else Wait.R
        if not ready:
            # Nothing came within the interval, or the wait was interrupted and goes on.
            continue
        if ready & Ready.R:
            pgconn.consume_input()
        while not pgconn.is_busy():
            result = pgconn.get_result()
            if result is None:
                if pgconn.status == pq.ConnStatus.BAD:
                    raise psycopg.OperationalError(pgconn.get_error_message("utf-8"))
                continue
            if result.status == ExecStatus.PIPELINE_SYNC:
                return results
            results.append(result)
