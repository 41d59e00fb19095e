"""Take, list, prove, restore and prune backups. A backup is a dump that was read again completely. A proven backup was
also restored into a throw-away server, and every row counted in its snapshot came back."""

from rowkeep.backup.backup_list import delete_backups, explain_kept, find_backup, list_backups, select_prunable
from rowkeep.backup.compare import compare_counts
from rowkeep.backup.manifest import read_manifest
from rowkeep.backup.prove import prove_backup, record_proof
from rowkeep.backup.restore import check_restorable, restore
from rowkeep.backup.restore_into import maintenance_session, restore_into
from rowkeep.backup.row_sample import RowSample
from rowkeep.backup.scratch_copy import (
    clone,
    estimate_lock_settings,
    lock_settings,
    lock_settings_suffice,
    restore_copy,
)
from rowkeep.backup.take import take_backup
from rowkeep.backup.verify_copy import kept_copy_error, read_recorded_structure

__all__ = [
    "RowSample",
    "check_restorable",
    "clone",
    "compare_counts",
    "delete_backups",
    "estimate_lock_settings",
    "explain_kept",
    "find_backup",
    "kept_copy_error",
    "list_backups",
    "lock_settings",
    "lock_settings_suffice",
    "maintenance_session",
    "prove_backup",
    "read_manifest",
    "read_recorded_structure",
    "record_proof",
    "restore",
    "restore_copy",
    "restore_into",
    "select_prunable",
    "take_backup",
]
