"""Sends the statements of a Python migration: interruptible, with blockers reported, under the session policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

from rowkeep.database.connection.interruptible import INTERVAL_S, InterruptibleConnection
from rowkeep.database.connection.pipeline import ConnectionLost
from rowkeep.database.connection.signals import StopRequested
from rowkeep.database.executor.retry import RETRIED, AttemptClock, LockAttempt, Retry, retry_while_locked
from rowkeep.database.executor.run_context import RunContext
from rowkeep.database.executor.send import report_blockers
from rowkeep.domain.event import Blocker
from rowkeep.domain.migration import Section
from rowkeep.domain.source import Source, Span
from rowkeep.domain.statement import TransactionUse

T = TypeVar("T")
Work = Callable[[psycopg.Cursor[TupleRow], str], T]

ABORTED = "25P02"
"""in_failed_sql_transaction: only repeats that there was an error before."""
CANCEL_SECONDS = 5.0
NO_TRANSACTION_CONTROL = (
    "a transaction is begun or ended here, which is Rowkeep's to do: a migration and its record are one "
    "(`with db.transaction():` is a savepoint, or a transaction where TRANSACTION is False)"
)

ENCODING_CHANGED = (
    "client_encoding is {} now, and the texts of a migration are sent as UTF-8: the server would read them as other "
    "ones (leave it; values are converted by the server)"
)


class MigrationChannel:
    """Sends the statements of one function call. outside: every statement commits by itself.

    sent: the last text, and whether it had values. cause: the error that aborted the transaction, with its text.
    blockers: who was in the way.
    """

    def __init__(self, context: RunContext, *, outside: bool) -> None:
        connection = context.session.connection
        assert isinstance(connection, InterruptibleConnection)  # open_connection makes no other
        self.context = context
        self.connection = connection
        self.outside = outside
        self.sent = ("", False)
        self.cause: tuple[psycopg.Error, tuple[str, bool]] | None = None
        self.blockers: tuple[Blocker, ...] = ()
        self._uses: dict[str, frozenset[TransactionUse]] = {}
        self._reported = 0.0
        self._cancelled = False

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self.connection.pgconn.transaction_status != TransactionStatus.IDLE

    @contextmanager
    def attend(self) -> Iterator[None]:
        """Report blockers and react to signals while a statement runs."""
        self.connection.attend = self._attend
        self.connection.interval = min(INTERVAL_S, self.context.policy.lock_timeout_ms * 0.6 / 1000)
        try:
            yield
        finally:
            self.connection.attend = None

    def send(self, text: str, work: Work[T], *, values: bool = False) -> T:
        """Send one text; retry it while it lacks a lock, if it is a transaction of its own."""
        uses = self._use(text)
        if TransactionUse.CONTROL in uses:
            raise ValueError(NO_TRANSACTION_CONTROL)
        self._require_utf8()
        own_transaction = not self.in_transaction
        # An index build waits without a limit.
        patient = own_transaction and TransactionUse.OUTSIDE in uses

        def once() -> T:
            self.sent = (text, values)
            with self.guard_statement(), self.connection.cursor() as cursor:
                if patient:
                    self.context.set_timeouts()
                try:
                    return work(cursor, text)
                finally:
                    if patient and not self.connection.closed:
                        self.set_timeouts()

        result = self.retry(once) if own_transaction and not patient else once()
        self._require_utf8()
        return result

    def _require_utf8(self) -> None:
        """Raise ValueError if a statement has changed the encoding, which the server reports with its answer."""
        encoding = self.connection.pgconn.parameter_status(b"client_encoding")
        if encoding not in (None, b"UTF8"):
            raise ValueError(ENCODING_CHANGED.format(encoding.decode("ascii", "replace")))

    def set_timeouts(self) -> None:
        """Set the timeouts that every statement outside a transaction begins with."""
        self.context.set_timeouts(self.context.policy.lock_timeout_ms, self.context.policy.statement_timeout_ms)

    def retry(self, work: Callable[[], T]) -> T:
        """Run `work`, which is a transaction of its own; retry it with pauses while it lacks a lock."""

        def attempt(_: AttemptClock) -> LockAttempt[T | psycopg.Error]:
            try:
                return LockAttempt(work())
            except psycopg.Error as error:
                if error.sqlstate not in RETRIED:
                    raise
                return LockAttempt(error, Retry.AFTER_PAUSE, self.blockers)

        during_pause = partial(self.context.interrupts.breaking, into=False)
        result = retry_while_locked(self.context, "a lock", attempt, during_pause=during_pause)
        if isinstance(result, psycopg.Error):
            raise result
        return result

    @contextmanager
    def guard_statement(self) -> Iterator[None]:
        """A statement at the server. A signal cancels it, and is raised after its answer. Raises StopRequested."""
        self._reported = 0.0
        self._cancelled = False
        try:
            with self.context.interrupts.breaking(into=False):
                yield
        except psycopg.Error as error:
            if self.context.interrupts.number is not None:
                raise StopRequested from None
            if error.sqlstate != ABORTED:
                self.cause = error, self.sent
            raise

    def _attend(self, quiet: float) -> None:
        """The server has not answered for `quiet` seconds."""
        if self.context.interrupts.number is not None and not self._cancelled:
            self._cancelled = True
            self.context.interrupts.acknowledge()
            self.connection.cancel_safe(timeout=CANCEL_SECONDS)
        first = self.context.policy.lock_timeout_ms * 0.6 / 1000
        if quiet >= (self._reported + 1 if self._reported else first):
            self._reported = quiet
            try:
                self.blockers = report_blockers(self.context, quiet) or self.blockers
            except ConnectionLost as lost:
                self.connection.pgconn.finish()
                raise psycopg.OperationalError(str(lost)) from None

    def _use(self, text: str) -> frozenset[TransactionUse]:
        """How the statements of a text use transactions."""
        if text not in self._uses:
            from rowkeep.parse import parse_section

            parsed = parse_section(Section(Source("", text), Span(0, len(text))))
            self._uses[text] = frozenset(statement.transaction for statement in parsed.statements)
        return self._uses[text]
