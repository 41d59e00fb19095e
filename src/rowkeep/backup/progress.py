"""Reports the progress of a dump or restore, at most twice a second."""

from __future__ import annotations

import time
from pathlib import Path

from rowkeep.database.catalog.dump_snapshot import DumpTable
from rowkeep.domain.event import Emit, StageProgress
from rowkeep.domain.late_regex import compile_later
from rowkeep.report.events import format_bytes

EVERY = 0.5
"""Seconds between two reports."""

DUMPING = compile_later(r'pg_dump: dumping contents of table "(.*)"$')


class Throttle:
    """Limits how often progress is reported."""

    def __init__(self) -> None:
        self._last = 0.0

    def due(self) -> bool:
        """Whether EVERY seconds have passed since it last returned True."""
        now = time.monotonic()
        if now - self._last < EVERY:
            return False
        self._last = now
        return True


class DumpProgress:
    """Follows pg_dump. The total is the size of the tables on disk, an estimate that includes dead rows."""

    def __init__(self, emit: Emit, stage: str, tables: tuple[DumpTable, ...], file: Path) -> None:
        self._emit = emit
        self._stage = stage
        self._sizes = {f"{table.schema}.{table.name}": table.bytes for table in tables}
        self._total = sum(self._sizes.values())
        self._tables = len(tables)
        self._file = file
        self._before = 0
        self._current = ""
        self._reported: StageProgress | None = None
        self._throttle = Throttle()

    def line(self, line: str) -> None:
        """A line of `pg_dump --verbose`; it says which table starts."""
        begun = DUMPING.match(line)
        if begun:
            self._before += self._sizes.get(self._current, 0)
            self._current = begun[1]

    def beat(self, counted: int) -> None:
        """Report progress, if it has changed."""
        if not self._throttle.due():
            return
        try:
            written = self._file.stat().st_size
        except FileNotFoundError:
            written = 0
        detail = f"{format_bytes(written)} written, {counted} of {self._tables} tables counted"
        news = StageProgress(self._stage, self._before, self._total, detail)
        if news != self._reported:
            self._reported = news
            self._emit(news)


class RestoreProgress:
    """Follows pg_restore by the objects of the archive that are done."""

    def __init__(self, emit: Emit, stage: str, total: int) -> None:
        self._emit = emit
        self._stage = stage
        self._total = total
        self._done = 0
        self._reported = -1
        self._throttle = Throttle()

    def line(self, line: str) -> None:
        """A line of `pg_restore --verbose --jobs=…`."""
        if line.startswith(("pg_restore: processing item", "pg_restore: finished item")):
            self._done = min(self._done + 1, self._total)

    def beat(self) -> None:
        """Report progress, if it has changed."""
        if self._done != self._reported and self._throttle.due():
            self._reported = self._done
            self._emit(StageProgress(self._stage, self._done, self._total, "objects restored"))
