"""What came back from a backup: rows, sequences and structure of a restored copy against what was written down."""

from __future__ import annotations

from pathlib import Path

from rowkeep import structure
from rowkeep.backup import complaints
from rowkeep.backup.compare import compare_counts
from rowkeep.backup.progress import Pace
from rowkeep.database import counts, snapshot
from rowkeep.database.session import Session
from rowkeep.domain.backup import Backup, CountDifference, TableCount
from rowkeep.domain.event import StageAdvanced, Tell
from rowkeep.domain.structure import Structure
from rowkeep.errors import BackupFailed
from rowkeep.report.differences import differences_text
from rowkeep.report.events import count_text

LOCK_TIMEOUT = 10.0
SHOWN = 10


def recorded(backup: Backup) -> Structure | None:
    """The fingerprint that lies beside the dump; None where it is gone. Raises BackupFailed when it was changed."""
    path = Path(backup.structure_path)
    if not path.exists():
        return None
    told = structure.read_text(path.read_text("utf-8", "surrogatepass"), str(path))
    if told.digest != backup.structure_digest:
        raise BackupFailed(
            "the structure beside the backup is not the one that was written down",
            where=str(path),
            instead=(f"remove {path} to compare counts only", "rowkeep backup list"),
        )
    return told


def require_rows(backup: Backup, session: Session, tell: Tell, stage: str, *, hashes: bool) -> None:
    """Count the copy as the original was counted. Raises BackupFailed where a number is another."""
    try:
        with snapshot.spoken():
            missing = _compared(backup, session, tell, stage, hashes)
    except snapshot.Unread as error:
        raise BackupFailed(
            "the restored rows could not be counted", where=backup.path, why=error.why, sqlstate=error.sqlstate
        ) from None
    if missing:
        rows = [f"{one.what}: expected {one.expected}, found {one.found}" for one in missing]
        raise BackupFailed(
            f"the restored copy differs from the backup's manifest in {count_text(len(missing), 'number')}",
            where=backup.path,
            why=complaints.shown(rows, SHOWN),
            instead=("rowkeep backup", "rowkeep backup list"),
        )


def _compared(backup: Backup, session: Session, tell: Tell, stage: str, hashes: bool) -> tuple[CountDifference, ...]:
    snapshot.prepare(session, lock_timeout=LOCK_TIMEOUT)
    tables = [(schema, name) for _, schema, name, partitioned in session.ask("snapshot_tables") if not partitioned]
    told: list[TableCount] = []
    pace = Pace()
    size = 1 if hashes else counts.BATCH
    for number in range(0, len(tables), size):
        batch = tables[number : number + size]
        if pace.due():
            tell(StageAdvanced(stage, number, len(tables), f"comparing {'.'.join(batch[0])}"))
        told += [counts.count(session, *batch[0], hashes=True)] if hashes else list(counts.count_batch(session, batch))
    return compare_counts(backup, told, counts.sequences(session), counts.large_objects(session, hashes=hashes))


def require_structure(backup: Backup, original: Structure, found: Structure, *, unfilled: bool = False) -> None:
    """Raises BackupFailed where the copy lacks something that a dump carries, or has something else.

    unfilled: materialized views may be empty in the copy.
    """
    expected, found = structure.carried(original), structure.carried(found)
    if unfilled:
        expected, found = structure.as_if_filled(expected), structure.as_if_filled(found)
    differences = structure.compare(expected, found)
    if differences:
        raise BackupFailed(
            "the restored copy has another structure than the database that was backed up",
            where=backup.path,
            why=differences_text(differences),
            instead=("rowkeep backup",),
        )
