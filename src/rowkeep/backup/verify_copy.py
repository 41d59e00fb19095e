"""What came back from a backup: rows, sequences and structure of a restored copy against what was written down."""

from __future__ import annotations

from pathlib import Path

from rowkeep import structure
from rowkeep.backup import program_messages, search_path_retry
from rowkeep.backup.compare import compare_counts
from rowkeep.backup.progress import Throttle
from rowkeep.database.catalog import dump_snapshot, row_counts
from rowkeep.database.connection.session import Session
from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.backup import HASH_FORM, Backup, CountDifference, RestoredBackup, TableCount
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, StageProgress
from rowkeep.domain.schema.structure import Structure
from rowkeep.errors import BackupFailed, Remains
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.report.backups import format_difference
from rowkeep.report.differences import format_differences

LOCK_TIMEOUT = 10.0
SHOWN = 10


def read_recorded_structure(backup: Backup) -> Structure | None:
    """The fingerprint that lies beside the dump; None where it is gone. Raises BackupFailed when it was changed."""
    path = Path(backup.structure_path)
    if not path.exists():
        return None
    told = structure.parse_structure(path.read_text("utf-8", "surrogatepass"), str(path))
    if told.digest != backup.structure_digest:
        raise BackupFailed(
            "the structure file of the backup was changed after it was written",
            code=ErrorCode.BACKUP_DAMAGED,
            where=str(path),
            instead=("rowkeep backup list", "restore another backup"),
        )
    return told


def compare_copy(
    backup: Backup, session: Session, emit: Emit, stage: str, *, hashes: bool
) -> tuple[CountDifference, ...]:
    """Count the copy as the original was counted; where a number is another. Raises BackupFailed when it cannot."""
    try:
        with dump_snapshot.translate_errors():
            return _compare(backup, session, emit, stage, hashes)
    except dump_snapshot.SnapshotError as error:
        raise BackupFailed(
            "the restored rows could not be counted",
            code=ErrorCode.BACKUP_NOT_PROVEN,
            where=backup.path,
            why=error.why,
            sqlstate=error.sqlstate,
        ) from None


def differs(backup: Backup, differing: tuple[CountDifference, ...]) -> BackupFailed:
    """The error for a copy that differs."""
    rows = [format_difference(one) for one in differing]
    old: tuple[str, ...] = ()
    if backup.hash_form < HASH_FORM and any(one.only_content for one in differing):
        hint = (
            "an older Rowkeep made these hashes, and they depend on TimeZone, DateStyle and IntervalStyle of the "
            "role and the database: the copy may be right"
        )
        old = (hint,)
    return BackupFailed(
        f"the restored copy differs from the backup's manifest in {count_text(len(differing), 'number')}",
        code=ErrorCode.RESTORED_DATA_DIFFERS,
        where=backup.path,
        why=(program_messages.format_messages(rows, SHOWN), *old),
        instead=(
            f"to look at the copy all the same: rowkeep restore {backup.id} --into NEWDB --keep-differing",
            "rowkeep backup",
            "rowkeep backup list",
        ),
    )


def find_kept_rows(restored: RestoredBackup) -> BackupFailed:
    """The error for a copy that differs, and that was kept because somebody asked for it."""
    error = differs(restored.backup, restored.differing)
    name = quote_name(restored.database)
    return error.replace(
        remains=Remains.CHANGED_IN_PART,
        remains_detail=f"the new database {name} was kept, not proven, as its comment says; "
        "no other database was touched",
        instead=(
            "compare the named tables with what you know of them before you use a row of it",
            f"DROP DATABASE {name}; when it is no longer needed",
        ),
    )


def _compare(backup: Backup, session: Session, emit: Emit, stage: str, hashes: bool) -> tuple[CountDifference, ...]:
    dump_snapshot.prepare_session(session, lock_timeout=LOCK_TIMEOUT)
    tables = [
        (schema, name) for _, schema, name, partitioned in session.ask("dump_snapshot.tables") if not partitioned
    ]
    path = search_path_retry.search_path_options(backup.properties, backup.roles)
    told: list[TableCount] = []
    pace = Throttle()
    size = 1 if hashes else row_counts.BATCH
    for number in range(0, len(tables), size):
        batch = tables[number : number + size]
        if pace.due():
            emit(StageProgress(stage, number, len(tables), f"comparing {'.'.join(batch[0])}"))
        if hashes:
            told.append(row_counts.count_rows(session, *batch[0], hashes=True, path=path))
        else:
            told += row_counts.count_batch(session, batch, path=path)
    return compare_counts(
        backup, told, row_counts.read_sequences(session), row_counts.count_large_objects(session, hashes=hashes)
    )


def verify_structure(backup: Backup, original: Structure, found: Structure, *, unfilled: bool = False) -> None:
    """Raises BackupFailed where the copy lacks something that a dump carries, or has something else.

    unfilled: materialized views may be empty in the copy.
    """
    expected, found = structure.dumpable_part(original), structure.dumpable_part(found)
    if unfilled:
        expected, found = structure.as_if_filled(expected), structure.as_if_filled(found)
    differences = structure.compare_structures(expected, found)
    if differences:
        raise BackupFailed(
            "the structure of the restored copy differs from that of the database that was backed up",
            code=ErrorCode.RESTORED_STRUCTURE_DIFFERS,
            where=backup.path,
            why=format_differences(differences),
            instead=("rowkeep backup",),
        )
