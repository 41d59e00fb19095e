"""How a migration in Python talks with the server: attended, interruptible, and under the manners of the run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

from rowkeep.database.connection.interruptible import INTERVAL_S, InterruptibleConnection
from rowkeep.database.connection.pipeline import ConnectionLost
from rowkeep.database.connection.signals import StopRequested
from rowkeep.database.executor import transaction
from rowkeep.database.executor.run_context import RunContext
from rowkeep.domain.event import Blocker
from rowkeep.domain.migration import Section
from rowkeep.domain.source import Source, Span
from rowkeep.domain.statement import TransactionUse

T = TypeVar("T")
Work = Callable[[psycopg.Cursor[TupleRow], str], T]

ABORTED = "25P02"
"""in_failed_sql_transaction: an echo of the error before it."""
CANCEL_SECONDS = 5.0
CONTROLS = (
    "a transaction is begun or ended here, which is Rowkeep's to do: a migration and its record are one "
    "(`with db.transaction():` is a savepoint, or a transaction where TRANSACTION is False)"
)

ENCODED = (
    "client_encoding is {} now, and the texts of a migration are sent as UTF-8: the server would read them as other "
    "ones (leave it; values are converted by the server)"
)


class MigrationChannel:
    """One call of a function. outside: every text commits by itself.

    sent: the last text, and whether values came with it. broke: the error that spoilt the transaction, with its text.
    blockers: who was seen in the way.
    """

    def __init__(self, context: RunContext, *, outside: bool) -> None:
        connection = context.session.connection
        assert isinstance(connection, InterruptibleConnection)  # session.opened makes no other
        self.context = context
        self.connection = connection
        self.outside = outside
        self.sent = ("", False)
        self.broke: tuple[psycopg.Error, tuple[str, bool]] | None = None
        self.blockers: tuple[Blocker, ...] = ()
        self._uses: dict[str, frozenset[TransactionUse]] = {}
        self._looked = 0.0
        self._cancelled = False

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self.connection.pgconn.transaction_status != TransactionStatus.IDLE

    @contextmanager
    def attended(self) -> Iterator[None]:
        """Look around, and heed signals, while the server is waited for."""
        self.connection.attend = self._attend
        self.connection.interval = min(INTERVAL_S, self.context.rules.lock_timeout_ms * 0.6 / 1000)
        try:
            yield
        finally:
            self.connection.attend = None

    def say(self, text: str, work: Work[T], *, values: bool = False) -> T:
        """Send one text; again while its locks are not to be had, where it is a transaction of its own."""
        uses = self._use(text)
        if TransactionUse.CONTROL in uses:
            raise ValueError(CONTROLS)
        self._require_utf8()
        alone = not self.in_transaction
        # An index build must wait as long as it takes.
        patient = alone and TransactionUse.OUTSIDE in uses

        def once() -> T:
            self.sent = (text, values)
            with self.kept(), self.connection.cursor() as cursor:
                if patient:
                    self.context.settle_apart()
                try:
                    return work(cursor, text)
                finally:
                    if patient and not self.connection.closed:
                        self.begin_outside()

        said = self.insist(once) if alone and not patient else once()
        self._require_utf8()
        return said

    def _require_utf8(self) -> None:
        """Raise ValueError where a text has changed the encoding. The server tells it with each answer."""
        encoding = self.connection.pgconn.parameter_status(b"client_encoding")
        if encoding not in (None, b"UTF8"):
            raise ValueError(ENCODED.format(encoding.decode("ascii", "replace")))

    def begin_outside(self) -> None:
        """Give the session the manners that every text outside a transaction begins with."""
        self.context.settle_apart(self.context.rules.lock_timeout_ms, self.context.rules.statement_timeout_ms)

    def insist(self, once: Callable[[], T]) -> T:
        """Do what is a transaction of its own; again, with pauses, while its locks are not to be had."""
        began, attempts = time.monotonic(), 0
        while True:
            attempts += 1
            try:
                return once()
            except psycopg.Error as error:
                waited = time.monotonic() - began
                left = self.context.rules.lock_deadline_s - waited
                if error.sqlstate not in transaction.RETRIED or left <= 0:
                    raise
                self.context.watch.emit("a lock", waited, self.blockers)
                with self.context.interrupts.breaking(into=False):
                    transaction.back_off(self.context, attempts, self.blockers, left)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """A conversation with the server. A signal does not break into it: it cancels it. Raises Stopped."""
        self._looked = 0.0
        self._cancelled = False
        try:
            with self.context.interrupts.breaking(into=False):
                yield
        except psycopg.Error as error:
            if self.context.interrupts.number is not None:
                raise StopRequested from None
            if error.sqlstate != ABORTED:
                self.broke = error, self.sent
            raise

    def _attend(self, quiet: float) -> None:
        """The server has not answered for `quiet` seconds."""
        if self.context.interrupts.number is not None and not self._cancelled:
            self._cancelled = True
            self.context.interrupts.acknowledge()
            self.connection.cancel_safe(timeout=CANCEL_SECONDS)
        first = self.context.rules.lock_timeout_ms * 0.6 / 1000
        if quiet >= (self._looked + 1 if self._looked else first):
            self._looked = quiet
            try:
                self.blockers = transaction.report_blockers(self.context, quiet) or self.blockers
            except ConnectionLost as lost:
                self.connection.pgconn.finish()
                raise psycopg.OperationalError(str(lost)) from None

    def _use(self, text: str) -> frozenset[TransactionUse]:
        """How the statements of a text stand to a transaction."""
        if text not in self._uses:
            from rowkeep.parse import parse_section

            parsed = parse_section(Section(Source("", text), Span(0, len(text))))
            self._uses[text] = frozenset(statement.transaction for statement in parsed.statements)
        return self._uses[text]
