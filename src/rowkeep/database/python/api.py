"""What a migration in Python is given: the database, inside the transaction that also holds the record."""

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

TELL_EVERY_S = 1.0


class MigrationDatabase:
    """The database that `up(db)` and `down(db)` of a migration are given.

    All that is sent through it belongs to the migration's own transaction, which Rowkeep begins and ends together with
    the record; in a module that says `TRANSACTION = False` every call commits by itself. Values are written as psycopg
    writes them (`%s`, `%(name)s`), and read as psycopg reads them. Not for use by several threads.
    """

    def __init__(self, talk: MigrationChannel) -> None:
        self._talk = talk

    @property
    def major(self) -> int:
        """The server's major version."""
        return self._talk.context.session.major

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._talk.in_transaction

    def execute(self, sql: Text, params: Params | None = None) -> int:
        """Carry `sql` out; how many rows it changed or returned. Without params it may hold several statements.

        Raises psycopg.Error for what the server says, and ValueError for BEGIN, COMMIT and ROLLBACK.
        """

        def changed(cursor: psycopg.Cursor[TupleRow], text: str) -> int:
            return max(0, _run(cursor, text, params).rowcount)

        return self._talk.say(self._text(sql), changed, values=params is not None)

    def query(self, sql: Text, params: Params | None = None) -> list[Row]:
        """The rows that `sql` returns."""

        def rows(cursor: psycopg.Cursor[TupleRow], text: str) -> list[Row]:
            _run(cursor, text, params)
            return cursor.fetchall() if cursor.description else []

        return self._talk.say(self._text(sql), rows, values=params is not None)

    def execute_many(self, sql: Text, rows: Iterable[Params]) -> int:
        """Carry `sql` out once for each of `rows`, in one transaction; how many rows it changed in all."""
        given = list(rows)

        def every(cursor: psycopg.Cursor[TupleRow], text: str) -> int:
            with self._talk.connection.transaction():
                cursor.executemany(text.encode(), given)
            return max(0, cursor.rowcount)

        return self._talk.say(self._text(sql), every, values=True) if given else 0

    def copy_in(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        """Add `rows` to `table` (`orders`, `shop.orders`) with COPY; how many there were."""
        names = composing.SQL(", ").join(map(composing.Identifier, columns))
        text = composing.SQL("COPY {} ({}) FROM STDIN").format(composing.Identifier(*table.split(".")), names)
        # Where it is a transaction of its own it may be tried again: an iterator would be empty then.
        given = rows if self.in_transaction else list(rows)

        def copied(cursor: psycopg.Cursor[TupleRow], text: str) -> int:
            count = 0
            with cursor.copy(text.encode()) as copy:
                for row in given:
                    copy.write_row(row)
                    count += 1
            return count

        return self._talk.say(self._text(text), copied)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A savepoint (a transaction where TRANSACTION is False): an exception undoes what is within, and goes on."""
        within = self._talk.connection.transaction()
        with self._talk.kept():
            within.__enter__()
        try:
            yield
        except BaseException as error:
            interrupts = self._talk.context.interrupts
            before, interrupts.breaks = interrupts.breaks, False
            within.__exit__(type(error), error, error.__traceback__)
            interrupts.breaks = before
            raise
        with self._talk.kept():
            within.__exit__(None, None, None)

    def batched(self, batch: Text | Callable[[], int], params: Params | None = None, *, pause_s: float = 0.0) -> int:
        """Repeat `batch`, each time in a transaction of its own, until it changes no more rows; how many it changed.

        batch: SQL, or a function that returns how many rows it has dealt with; it must find by itself what is left.
        pause_s: seconds between two batches. Raises RuntimeError where the migration is one transaction.
        """
        if not self._talk.outside or self.in_transaction:
            raise RuntimeError("every batch commits by itself: write `TRANSACTION = False` at the top of the file")
        total = count = 0
        told = time.monotonic()
        while changed := self._batch(batch, params):
            total, count = total + changed, count + 1
            if time.monotonic() - told >= TELL_EVERY_S:
                told = time.monotonic()
                said = f"{count_text(total, 'row')} in {count_text(count, 'batch', 'batches')}"
                self._talk.context.emit(StageProgress("statement", total, None, said))
            time.sleep(pause_s)
        return total

    def tell(self, text: str) -> None:
        """Say something to whoever watches the run."""
        self._talk.context.emit(Noted(text))

    def _batch(self, batch: Text | Callable[[], int], params: Params | None) -> int:
        if not callable(batch):
            return self.execute(batch, params)
        function = batch

        def once() -> int:
            with self.transaction():
                return function()

        return self._talk.insist(once)

    def _text(self, sql: Text) -> str:
        return sql if isinstance(sql, str) else sql.as_string(self._talk.connection)


def _run(cursor: psycopg.Cursor[TupleRow], text: str, params: Params | None) -> psycopg.Cursor[TupleRow]:
    return cursor.execute(text.encode(), params)
