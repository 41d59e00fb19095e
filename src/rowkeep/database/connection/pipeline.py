"""Sends several commands at once, and yields their answers as they arrive.

The commands are one pipeline: after an error the server skips the rest, so it is exact which command failed, and a
later COMMIT does not happen (manual, 34.5). One command per message: the server refuses a text that has two.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import psycopg
from psycopg import pq
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from rowkeep.database.connection.session import Session
from rowkeep.database.connection.signals import SignalHandler

GOOD = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK, ExecStatus.EMPTY_QUERY)
COPYING = (ExecStatus.COPY_IN, ExecStatus.COPY_OUT, ExecStatus.COPY_BOTH)
CANCEL_SECONDS = 5.0


class PipelineCommand(NamedTuple):
    """One statement and the values of its $1, $2 …, as text.

    prepared: one of our own, which is sent often. awaited: its answer is needed at once; otherwise it may arrive
    together with those that follow.
    """

    sql: bytes
    values: tuple[bytes | None, ...] | None = None
    prepared: bool = False
    awaited: bool = False


class PipelineAnswer(NamedTuple):
    """The answer to command `number`; or, without a result, that it has been running for `quiet` seconds."""

    number: int
    result: PGresult | None
    quiet: float = 0.0


class ConnectionLost(Exception):
    """The connection broke while commands were running. certain: before anything could be committed."""

    def __init__(self, message: str, *, certain: bool = False) -> None:
        super().__init__(message)
        self.certain = certain


def run_pipeline(
    session: Session,
    commands: Sequence[PipelineCommand],
    interrupts: SignalHandler,
    first_quiet: float = 1.0,
    meanwhile: Callable[[], None] | None = None,
) -> Iterator[PipelineAnswer]:
    """Send all commands and yield each answer; after `first_quiet` and then every second, yield that none has come.

    meanwhile: called while the server works. A signal cancels the running command, whose answer is then an error like
    any other. Raises ConnectionLost.
    """
    pgconn = session.connection.pgconn
    finished = False
    try:
        _prepare(session, commands)
        pgconn.enter_pipeline_mode()
        for command in commands:
            if command.prepared and command.sql in session.prepared:
                pgconn.send_query_prepared(session.prepared[command.sql], command.values)
            else:
                pgconn.send_query_params(command.sql, command.values)
            if command.awaited:
                pgconn.send_flush_request()
        pgconn.pipeline_sync()
        if meanwhile is not None and not pgconn.flush():
            meanwhile()
        yield from _answers(session, len(commands), interrupts, first_quiet)
        pgconn.exit_pipeline_mode()
        finished = True
    except psycopg.Error as error:
        raise ConnectionLost(str(error).strip()) from None
    finally:
        if not finished:
            # The session cannot be used after half a pipeline: the server rolls back when the connection closes.
            session.connection.close()


def _prepare(session: Session, commands: Sequence[PipelineCommand]) -> None:
    """Prepare what is sent often. What the server refuses to prepare, it will refuse in its place, too."""
    if session.own.foreign:
        return  # it would be parsed under the role and search_path of the migration
    new = list(
        dict.fromkeys(command.sql for command in commands if command.prepared and command.sql not in session.prepared)
    )
    if not new:
        return
    try:
        session.prepare(new)
    except psycopg.Error:
        if session.connection.broken:
            raise
        for text in new:
            try:
                session.prepare([text])
            except psycopg.Error:
                if session.connection.broken:
                    raise


def _answers(session: Session, count: int, interrupts: SignalHandler, first_quiet: float) -> Iterator[PipelineAnswer]:
    pgconn = session.connection.pgconn
    poll = select.poll()
    poll.register(interrupts.wakes, select.POLLIN)
    index, cancelled = 0, False
    since = time.perf_counter()
    patience = first_quiet
    while True:
        if pgconn.is_busy():
            unsent = pgconn.flush()
            poll.register(pgconn.socket, select.POLLIN | (select.POLLOUT if unsent else 0))
            ready = poll.poll(patience * 1000)
            if interrupts.number is not None and not cancelled:
                cancelled = True
                poll.unregister(interrupts.wakes)
                interrupts.acknowledge()
                cancel_running(session)
            if not ready:
                patience = 1.0
                yield PipelineAnswer(min(index, count - 1), None, time.perf_counter() - since)
            if any(descriptor == pgconn.socket for descriptor, _ in ready):
                pgconn.consume_input()
            continue
        result = pgconn.get_result()
        if result is None:
            _require_connection(pgconn)
            continue
        if result.status == ExecStatus.PIPELINE_SYNC:
            return
        if result.status in COPYING:
            raise psycopg.NotSupportedError("COPY from or to the client is not possible in a migration")
        yield PipelineAnswer(index, result)
        _require_connection(pgconn)
        index += 1
        since = time.perf_counter()
        patience = first_quiet


def _require_connection(pgconn: PGconn) -> None:
    if pgconn.status == pq.ConnStatus.BAD:
        raise psycopg.OperationalError(pgconn.get_error_message("utf-8"))


def cancel_running(session: Session) -> None:
    """Cancel the running command. If the request cannot be delivered, the answer is awaited all the same."""
    try:
        session.connection.cancel_safe(timeout=CANCEL_SECONDS)
    except psycopg.Error:
        return
