"""Several commands to the server in one go, and their answers as they come.

Everything up to the end of a conversation is one pipeline: after an error the server skips the rest, so it is exact
which command failed, and a COMMIT that stands behind it does not happen (manual, 34.5). One command per message:
the server refuses a text that holds two.
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

    prepared: it is one of ours, said again and again. awaited: its answer is wanted as soon as it is there; otherwise
    it may come together with those that follow.
    """

    sql: bytes
    values: tuple[bytes | None, ...] | None = None
    prepared: bool = False
    awaited: bool = False


class PipelineAnswer(NamedTuple):
    """The answer to command `number`; or, with no result, that it has been at work for `quiet` seconds."""

    number: int
    result: PGresult | None
    quiet: float = 0.0


class ConnectionLost(Exception):
    """The connection broke in the middle of a conversation. certain: before anything could be committed."""

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
    """Send all commands, and tell each answer when it comes; after `first_quiet`, then every second, that none came.

    meanwhile: what can be done while the server works.
    A signal cancels the command at work; its answer is then an error like any other. Raises ConnectionLost.
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
            # Half a conversation is no state to go on from: the server rolls back when the connection closes.
            session.connection.close()


def _prepare(session: Session, commands: Sequence[PipelineCommand]) -> None:
    """Have the server keep what is said again and again. What it refuses to keep it will refuse in its place, too."""
    if session.own.foreign:
        return  # it would be read under a role and a search_path of somebody else
    for command in commands:
        if command.prepared and command.sql not in session.prepared:
            try:
                session.prepare(command.sql)
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
            _is_alive(pgconn)
            continue
        if result.status == ExecStatus.PIPELINE_SYNC:
            return
        if result.status in COPYING:
            raise psycopg.NotSupportedError("COPY from or to the client is not possible in a migration")
        yield PipelineAnswer(index, result)
        _is_alive(pgconn)
        index += 1
        since = time.perf_counter()
        patience = first_quiet


def _is_alive(pgconn: PGconn) -> None:
    if pgconn.status == pq.ConnStatus.BAD:
        raise psycopg.OperationalError(pgconn.get_error_message("utf-8"))


def cancel_running(session: Session) -> None:
    """Cancel the command at work. Where that cannot be delivered, its answer is waited for all the same."""
    try:
        session.connection.cancel_safe(timeout=CANCEL_SECONDS)
    except psycopg.Error:
        return
