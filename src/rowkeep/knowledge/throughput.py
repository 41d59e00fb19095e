"""Rough processing rates of PostgreSQL, for estimates such as `about 4 min`.

Measured on 15 and 18: 3 million rows of 128 bytes (384 MB) that were cached in memory, `fsync` on, `wal_level =
replica`, `maintenance_work_mem` 64 MB, on two shared cores. MB of rows a second: NOT NULL and CHECK 660-1550, a
foreign key to 200,000 rows 84-154, an index 83-187, a rewrite without indexes 79-103, an UPDATE of all rows with three
indexes 3-5; REINDEX of three indexes built 33-43 MB of index a second. A production table is on disk and in use, so
the rates are half of the slowest figures, and 200 MB/s for a scan, which depends on the disk.
"""

from __future__ import annotations

from rowkeep.domain.enumeration import Enum

MEGABYTE = 1e6
INDEX_RATE = 16.0
"""Megabytes of index built per second."""


class TableWork(Enum):
    """What is done with a table while others wait."""

    SCAN = "it is read from end to end, and each row is tested"
    KEY = "for each row it is looked whether another table has its key"
    BUILD = "its rows are sorted into one index"
    REWRITE = "it is rewritten, and its indexes are rebuilt"
    CHANGE = "its rows are changed by UPDATE or DELETE, its indexes with them"


RATES = {
    TableWork.SCAN: 200.0,
    TableWork.KEY: 42.0,
    TableWork.BUILD: 40.0,
    TableWork.REWRITE: 40.0,
    TableWork.CHANGE: 2.0,
}
"""Megabytes of rows per second."""


def estimate_seconds(work: TableWork, heap_bytes: int | None, index_bytes: int | None) -> float | None:
    """How long it takes without lock waits; None if the size is unknown."""
    if heap_bytes is None:
        return None
    spent = heap_bytes / MEGABYTE / RATES[work]
    if work is TableWork.REWRITE:
        spent += (index_bytes or 0) / MEGABYTE / INDEX_RATE
    return spent
