"""How far a dump or a restore is, told a few times a second at most."""

from __future__ import annotations

import re
import time
from pathlib import Path

from rowkeep.database.catalog.dump_snapshot import DumpTable
from rowkeep.domain.event import Emit, StageProgress
from rowkeep.report.events import format_bytes

EVERY = 0.5
"""Seconds between two tellings."""

DUMPING = re.compile(r'pg_dump: dumping contents of table "(.*)"$')


class Throttle:
    """Says when it is time to tell again."""

    def __init__(self) -> None:
        self._last = 0.0

    def due(self) -> bool:
        """Whether EVERY seconds have gone by since it last said so."""
        now = time.monotonic()
        if now - self._last < EVERY:
            return False
        self._last = now
        return True


class DumpProgress:
    """Follows pg_dump. Its total is the size of the tables on disk: an estimate, for dead rows count in it."""

    def __init__(self, emit: Emit, stage: str, tables: tuple[DumpTable, ...], file: Path) -> None:
        self._tell = emit
        self._stage = stage
        self._sizes = {f"{table.schema}.{table.name}": table.bytes for table in tables}
        self._total = sum(self._sizes.values())
        self._tables = len(tables)
        self._file = file
        self._before = 0
        self._current = ""
        self._told: StageProgress | None = None
        self._pace = Throttle()

    def line(self, line: str) -> None:
        """A line of `pg_dump --verbose`: it says which table it begins."""
        begun = DUMPING.match(line)
        if begun:
            self._before += self._sizes.get(self._current, 0)
            self._current = begun[1]

    def beat(self, counted: int) -> None:
        """Tell, if there is news."""
        if not self._pace.due():
            return
        try:
            written = self._file.stat().st_size
        except FileNotFoundError:
            written = 0
        detail = f"{format_bytes(written)} written, {counted} of {self._tables} tables counted"
        news = StageProgress(self._stage, self._before, self._total, detail)
        if news != self._told:
            self._told = news
            self._tell(news)


class RestoreProgress:
    """Follows pg_restore by the objects of the archive that are done."""

    def __init__(self, emit: Emit, stage: str, total: int) -> None:
        self._tell = emit
        self._stage = stage
        self._total = total
        self._done = 0
        self._told = -1
        self._pace = Throttle()

    def line(self, line: str) -> None:
        """A line of `pg_restore --verbose --jobs=…`."""
        if line.startswith(("pg_restore: processing item", "pg_restore: finished item")):
            self._done = min(self._done + 1, self._total)

    def beat(self) -> None:
        """Tell, if there is news."""
        if self._done != self._told and self._pace.due():
            self._told = self._done
            self._tell(StageProgress(self._stage, self._done, self._total, "objects restored"))
