"""Whether there is enough disk space for a backup and for the rehearsal's copy of the database.

The factors are shares of pg_database_size, which includes indexes and bloat. In our measurements a compressed dump
takes 2 to 27 % of it, or nearly all for incompressible data. A restored copy has no bloat, but needs space for sort
files and WAL.
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.doctor_facts import DoctorFacts, PathFacts
from rowkeep.domain.health_check import Check, CheckResult
from rowkeep.report.events import format_bytes

LIKELY_DUMP, SAFE_DUMP = 0.3, 1.0
LIKELY_COPY, SAFE_COPY = 1.0, 1.5


def checks(facts: DoctorFacts) -> Iterator[Check]:
    """Space for the backup, for the copy, and for both if they share a file system."""
    if facts.database is None:
        return
    size = facts.database.server.bytes
    backups, temporary = facts.machine.backups, facts.machine.temporary
    shared = backups.device is not None and backups.device == temporary.device
    beside = LIKELY_DUMP if shared else 0.0
    yield _space_check(
        "backup-space", backups, size, LIKELY_DUMP, SAFE_DUMP, "the backup", "set backups-dir to a larger disk"
    )
    yield _space_check(
        "rehearsal-space",
        temporary,
        size,
        LIKELY_COPY + beside,
        SAFE_COPY + beside,
        "the rehearsal's copy" + (" and the backup on the same disk" if shared else ""),
        "TMPDIR=… rowkeep deploy   (a directory on a larger disk)",
    )


def _space_check(name: str, place: PathFacts, size: int, likely: float, safe: float, what: str, instead: str) -> Check:
    if place.free is None:
        return Check(
            name, CheckResult.UNKNOWN, f"the free space of {place.path} is not known", f"{what} needs disk space"
        )
    words = f"{format_bytes(place.free)} free in {place.path}; the database is {format_bytes(size)}"
    if place.free < size * likely:
        return Check(
            name, CheckResult.FAIL, words, f"{what} needs about {format_bytes(round(size * likely))}", (instead,)
        )
    if place.free < size * safe:
        return Check(
            name, CheckResult.WARN, words, f"{what} may need up to {format_bytes(round(size * safe))}", (instead,)
        )
    return Check(name, CheckResult.OK, words)
