"""Compares rows, sequences and structure of a restored copy with the manifest."""

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
    """The structure saved beside the dump; None if the file is missing. Raises BackupFailed if it was changed."""
    path = Path(backup.structure_path)
    if not path.exists():
        return None
    recorded = structure.parse_structure(path.read_text("utf-8", "surrogatepass"), str(path))
    if recorded.digest != backup.structure_digest:
        raise BackupFailed(
            "the structure file of the backup was changed after it was written",
            code=ErrorCode.BACKUP_DAMAGED,
            where=str(path),
            instead=("rowkeep backup list", "restore another backup"),
        )
    return recorded


def compare_copy(
    backup: Backup, session: Session, emit: Emit, stage: str, *, hashes: bool
) -> tuple[CountDifference, ...]:
    """Count the copy like the original and return the differences. Raises BackupFailed if it cannot be counted."""
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


def difference_error(backup: Backup, differing: tuple[CountDifference, ...]) -> BackupFailed:
    """The error for a copy that differs."""
    rows = [format_difference(difference) for difference in differing]
    hints: tuple[str, ...] = ()
    if backup.hash_form < HASH_FORM and any(difference.only_content for difference in differing):
        hint = (
            "an older Rowkeep made these hashes. They depend on TimeZone, DateStyle and IntervalStyle of the role and "
            "the database, so the copy may be correct"
        )
        hints = (hint,)
    return BackupFailed(
        f"the restored copy differs from the manifest in {count_text(len(differing), 'count')}",
        code=ErrorCode.RESTORED_DATA_DIFFERS,
        where=backup.path,
        why=(program_messages.format_messages(rows, SHOWN), *hints),
        instead=(
            f"to inspect the copy anyway: rowkeep restore {backup.id} --into NEWDB --keep-differing",
            "rowkeep backup",
            "rowkeep backup list",
        ),
    )


def kept_copy_error(restored: RestoredBackup) -> BackupFailed:
    """The error for a copy that differs and was kept because the user asked for it."""
    error = difference_error(restored.backup, restored.differing)
    name = quote_name(restored.database)
    return error.replace(
        remains=Remains.CHANGED_IN_PART,
        remains_detail=f"the new database {name} was kept, not proven, as its comment says; "
        "no other database was changed",
        instead=(
            "check the named tables before you use any row of it",
            f"DROP DATABASE {name}; when you no longer need it",
        ),
    )


def _compare(backup: Backup, session: Session, emit: Emit, stage: str, hashes: bool) -> tuple[CountDifference, ...]:
    dump_snapshot.prepare_session(session, lock_timeout=LOCK_TIMEOUT)
    tables = [
        (schema, name) for _, schema, name, partitioned in session.ask("dump_snapshot.tables") if not partitioned
    ]
    path = search_path_retry.search_path_options(backup.properties, backup.roles)
    counts: list[TableCount] = []
    throttle = Throttle()
    size = 1 if hashes else row_counts.BATCH
    for number in range(0, len(tables), size):
        batch = tables[number : number + size]
        if throttle.due():
            emit(StageProgress(stage, number, len(tables), f"comparing {'.'.join(batch[0])}"))
        if hashes:
            counts.append(row_counts.count_rows(session, *batch[0], hashes=True, path=path))
        else:
            counts += row_counts.count_batch(session, batch, path=path)
    return compare_counts(
        backup, counts, row_counts.read_sequences(session), row_counts.count_large_objects(session, hashes=hashes)
    )


def verify_structure(backup: Backup, original: Structure, current: Structure, *, unfilled: bool = False) -> None:
    """Raise BackupFailed if the copy lacks something that a dump contains, or has something else.

    unfilled: materialized views may be empty in the copy.
    """
    expected, current = structure.dumpable_part(original), structure.dumpable_part(current)
    if unfilled:
        expected, current = structure.as_if_filled(expected), structure.as_if_filled(current)
    differences = structure.compare_structures(expected, current)
    if differences:
        raise BackupFailed(
            "the structure of the restored copy differs from that of the database that was backed up",
            code=ErrorCode.RESTORED_STRUCTURE_DIFFERS,
            where=backup.path,
            why=format_differences(differences),
            instead=("rowkeep backup",),
        )
