"""A sample of the rows of a database: some rows of each table, and all rows that these reference."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import IO

from rowkeep.database.catalog.dump_snapshot import DumpTable, SnapshotError
from rowkeep.database.connection.session import Session
from rowkeep.database.sample.load_rows import SampledTable, count_sample, load_sample
from rowkeep.database.sample.pick_rows import write_sample
from rowkeep.domain.deploy.backup import SequenceValue, TableCount
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import BackupFailed


class RowSample:
    """The rows that are taken, and then loaded into a copy.

    rows: about how many of each table; 0: none. whole: tables (schema, name; '' for all of a schema) of which every
    row is taken. file: where they are in between; one without a name, so that nothing is left if we are killed.
    sequences: their values.
    """

    def __init__(self, rows: int, whole: Collection[tuple[str, str]], file: IO[bytes]) -> None:
        self.sequences: tuple[SequenceValue, ...] = ()
        self._rows = rows
        self._whole = whole
        self._file = file
        self._tables: tuple[SampledTable, ...] = ()

    def take(self, session: Session, tables: Sequence[DumpTable]) -> tuple[TableCount, ...]:
        """Take the rows, in the snapshot of the session. Returns how many of each table."""
        self._tables = write_sample(session, tables, self._rows, self._whole, self._file)
        return count_sample(self._tables)

    def load(self, session: Session) -> None:
        """Load them into a copy that has tables, but no foreign keys, indexes and triggers yet."""
        try:
            load_sample(session, self._tables, self.sequences, self._file)
        except SnapshotError as error:
            raise BackupFailed(
                "the sampled rows could not be loaded into the copy",
                code=ErrorCode.RESTORE_FAILED,
                why=error.why,
                sqlstate=error.sqlstate,
                instead=("rowkeep rehearse   (on all rows)",),
            ) from None
