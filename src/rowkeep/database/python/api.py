"""The database object of a migration in Python, inside the transaction that also holds the record."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql as composing
from psycopg.rows import TupleRow

from rowkeep.database.python.channel import MigrationChannel
from rowkeep.domain.count import count_text
from rowkeep.domain.event import Noted, StageProgress

Params = Sequence[Any] | Mapping[str, Any]
Row = tuple[Any, ...]
Text = str | composing.Composable

REPORT_EVERY_S = 1.0


class MigrationDatabase:
    """The database that `up(db)` and `down(db)` of a migration are given.

    Everything sent through it belongs to the migration's transaction, which Rowkeep begins and ends together with the
    record; in a module with `TRANSACTION = False` every call commits by itself. Values are written as psycopg
    writes them (`%s`, `%(name)s`), and read as psycopg reads them. Not for use by several threads.
    """

    def __init__(self, channel: MigrationChannel) -> None:
        self._channel = channel

    @property
    def major(self) -> int:
        """The server's major version."""
        return self._channel.context.session.major

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._channel.in_transaction

    def execute(self, sql: Text, params: Params | None = None) -> int:
        """Run `sql`; returns how many rows it changed or returned. Without params it may hold several statements.

        Raises psycopg.Error for what the server says, and ValueError for BEGIN, COMMIT and ROLLBACK.
        """

        def execute(cursor: psycopg.Cursor[TupleRow], text: str) -> int:
            return max(0, _run(cursor, text, params).rowcount)

        return self._channel.send(self._text(sql), execute, values=params is not None)

    def query(self, sql: Text, params: Params | None = None) -> list[Row]:
        """The rows that `sql` returns."""

        def fetch(cursor: psycopg.Cursor[TupleRow], text: str) -> list[Row]:
            _run(cursor, text, params)
            return cursor.fetchall() if cursor.description else []

        return self._channel.send(self._text(sql), fetch, values=params is not None)

    def execute_many(self, sql: Text, rows: Iterable[Params]) -> int:
        """Run `sql` once for each of `rows`, in one transaction; returns how many rows it changed in all."""
        values = list(rows)

        def execute_all(cursor: psycopg.Cursor[TupleRow], text: str) -> int:
            with self._channel.connection.transaction():
                cursor.executemany(text.encode(), values)
            return max(0, cursor.rowcount)

        return self._channel.send(self._text(sql), execute_all, values=True) if values else 0

    def copy_in(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        """Add `rows` to `table` (`orders`, `shop.orders`) with COPY; returns how many there were."""
        names = composing.SQL(", ").join(map(composing.Identifier, columns))
        text = composing.SQL("COPY {} ({}) FROM STDIN").format(composing.Identifier(*table.split(".")), names)
        # A transaction of its own may be retried: an iterator would be empty then.
        added = rows if self.in_transaction else list(rows)

        def copy_rows(cursor: psycopg.Cursor[TupleRow], text: str) -> int:
            count = 0
            with cursor.copy(text.encode()) as copy:
                for row in added:
                    copy.write_row(row)
                    count += 1
            return count

        return self._channel.send(self._text(text), copy_rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A savepoint (a transaction if TRANSACTION is False): an exception rolls back what is within."""
        within = self._channel.connection.transaction()
        with self._channel.guard_statement():
            within.__enter__()
        try:
            yield
        except BaseException as error:
            interrupts = self._channel.context.interrupts
            before, interrupts.breaks = interrupts.breaks, False
            within.__exit__(type(error), error, error.__traceback__)
            interrupts.breaks = before
            raise
        with self._channel.guard_statement():
            within.__exit__(None, None, None)

    def batched(self, batch: Text | Callable[[], int], params: Params | None = None, *, pause_s: float = 0.0) -> int:
        """Repeat `batch`, each time in a transaction of its own, until it changes no more rows; returns how many.

        batch: SQL, or a function that returns how many rows it changed; it must find by itself what is left to do.
        pause_s: seconds between two batches. Raises RuntimeError if the migration is one transaction.
        """
        if not self._channel.outside or self.in_transaction:
            raise RuntimeError("every batch commits by itself: write `TRANSACTION = False` at the top of the file")
        total = count = 0
        reported = time.monotonic()
        while changed := self._batch(batch, params):
            total, count = total + changed, count + 1
            if time.monotonic() - reported >= REPORT_EVERY_S:
                reported = time.monotonic()
                text = f"{count_text(total, 'row')} in {count_text(count, 'batch', 'batches')}"
                self._channel.context.emit(StageProgress("statement", total, None, text))
            time.sleep(pause_s)
        return total

    def tell(self, text: str) -> None:
        """Report `text` as an event of the run."""
        self._channel.context.emit(Noted(text))

    def _batch(self, batch: Text | Callable[[], int], params: Params | None) -> int:
        if not callable(batch):
            return self.execute(batch, params)
        function = batch

        def once() -> int:
            with self.transaction():
                return function()

        return self._channel.retry(once)

    def _text(self, sql: Text) -> str:
        return sql if isinstance(sql, str) else sql.as_string(self._channel.connection)


def _run(cursor: psycopg.Cursor[TupleRow], text: str, params: Params | None) -> psycopg.Cursor[TupleRow]:
    return cursor.execute(text.encode(), params)
