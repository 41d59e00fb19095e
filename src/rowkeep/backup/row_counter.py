"""Counts the rows of every table while pg_dump dumps them, in the same snapshot and in its own thread.

Small tables are counted in batches. The session that holds the snapshot also counts: it already has its locks, so it
need not queue behind sessions that wait to change a table. If the lock table is too small for that, another session
counts and releases its locks after each batch.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

from rowkeep.database.catalog import dump_snapshot, row_counts
from rowkeep.database.catalog.dump_snapshot import DumpTable, ExportedSnapshot
from rowkeep.database.connection.session import Session
from rowkeep.domain.deploy.backup import TableCount

BATCH_BYTES = 64_000_000
"""Maximum total size of the tables in one statement, so that progress is visible."""


def count_in_batches(tables: tuple[DumpTable, ...]) -> Iterator[tuple[DumpTable, ...]]:
    """The tables, in order, in batches that are neither long nor large."""
    batch: list[DumpTable] = []
    for table in tables:
        if batch and (
            len(batch) == row_counts.BATCH or sum(member.bytes for member in batch) + table.bytes > BATCH_BYTES
        ):
            yield tuple(batch)
            batch = []
        batch.append(table)
    if batch:
        yield tuple(batch)


class RowCounter:
    """A thread that counts rows. It owns the session until `stop` has returned.

    session: the one that holds the snapshot; if that has no locks, a session without a transaction. path: a
    search_path for tables that cannot be counted without one. large_objects: their number, and their hashes if content
    is read.
    """

    def __init__(
        self, session: Session, snapshot: ExportedSnapshot, *, hashes: bool, path: tuple[str, ...] = ()
    ) -> None:
        self._session = session
        self._snapshot = snapshot
        self._hashes = hashes
        self._path = path
        self._counted: list[TableCount] = []
        self.large_objects: tuple[int, tuple[str, str] | None] = (0, None)
        self._stopped = threading.Event()
        self._fault: Exception | None = None
        self._thread = threading.Thread(target=self._count, name="rowkeep-counting", daemon=True)

    def start_once(self) -> None:
        """Start counting, unless already started."""
        if self._thread.ident is None:
            self._thread.start()

    def _count(self) -> None:
        try:
            for batch in count_in_batches(self._snapshot.tables):
                if self._stopped.is_set():
                    return
                with self._within():
                    self._counted += self._batch(batch)
            with self._within():
                self.large_objects = row_counts.count_large_objects(self._session, hashes=self._hashes)
        except Exception as error:
            self._fault = error

    def _within(self) -> AbstractContextManager[None]:
        return (
            nullcontext() if self._snapshot.locked else dump_snapshot.share_snapshot(self._session, self._snapshot.id)
        )

    def _batch(self, batch: tuple[DumpTable, ...]) -> Iterator[TableCount]:
        if not self._hashes:
            yield from row_counts.count_batch(
                self._session, [(table.schema, table.name) for table in batch], path=self._path
            )
            return
        for table in batch:
            if self._stopped.is_set():
                return
            yield row_counts.count_rows(self._session, table.schema, table.name, hashes=True, path=self._path)

    @property
    def done(self) -> int:
        """Tables counted so far."""
        return len(self._counted)

    def check(self) -> None:
        """Raise the exception of the thread, if any."""
        if self._fault is not None:
            raise self._fault

    def wait(self, within: float) -> bool:
        """Wait up to `within` seconds. Returns whether everything is counted; raises the exception of the thread."""
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
            row_counts.cancel_query(self._session)
            self._thread.join(10)
