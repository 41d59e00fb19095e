"""Counts the rows of every table while pg_dump dumps them: in the same snapshot, in a thread of its own."""

from __future__ import annotations

import threading

from rowkeep.database import counts
from rowkeep.database.session import Session
from rowkeep.database.snapshot import Table
from rowkeep.domain.backup import TableCount


class Counting:
    """A thread that counts. The session is its own until `stop` has returned.

    large_objects: their number, and their hashes where content is read too.
    """

    def __init__(self, session: Session, tables: tuple[Table, ...], *, hashes: bool) -> None:
        self._session = session
        self._tables = tables
        self._hashes = hashes
        self._counted: list[TableCount] = []
        self.large_objects: tuple[int, tuple[str, str] | None] = (0, None)
        self._stopped = threading.Event()
        self._fault: Exception | None = None
        self._thread = threading.Thread(target=self._count, name="rowkeep-counting", daemon=True)

    def start_once(self) -> None:
        """Begin to count, if that did not happen yet."""
        if self._thread.ident is None:
            self._thread.start()

    def _count(self) -> None:
        try:
            for table in self._tables:
                if self._stopped.is_set():
                    return
                self._counted.append(counts.count(self._session, table.schema, table.name, hashes=self._hashes))
            self.large_objects = counts.large_objects(self._session, hashes=self._hashes)
        except Exception as error:
            self._fault = error

    @property
    def done(self) -> int:
        """Tables counted so far."""
        return len(self._counted)

    def check(self) -> None:
        """Raise what the thread met, if it met anything."""
        if self._fault is not None:
            raise self._fault

    def finished(self, within: float) -> bool:
        """Wait up to `within` seconds; whether all is counted. Raises what the thread met."""
        self._thread.join(within)
        self.check()
        return not self._thread.is_alive()

    @property
    def counted(self) -> tuple[TableCount, ...]:
        """The counts, in the order of the tables."""
        return tuple(self._counted)

    def stop(self) -> None:
        """Cancel the statement on the server and wait for the thread."""
        self._stopped.set()
        if self._thread.is_alive():
            counts.cancel(self._session)
            self._thread.join(10)
