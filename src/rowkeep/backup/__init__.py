"""Take, list, prove, restore and prune backups. A backup is a dump that was read again to its end; a proven one was
restored into a throw-away server and gave back every row that was counted in its own snapshot."""

from rowkeep.backup.compare import compare_counts
from rowkeep.backup.copy import clone, restore_copy, room
from rowkeep.backup.into import maintenance, restore_into
from rowkeep.backup.manifest import read_manifest
from rowkeep.backup.prove import prove, record_proof
from rowkeep.backup.restore import check, restore
from rowkeep.backup.returned import kept
from rowkeep.backup.shelf import find, list_backups, prunable, remove
from rowkeep.backup.take import take

__all__ = [
    "check",
    "clone",
    "compare_counts",
    "find",
    "kept",
    "list_backups",
    "maintenance",
    "prove",
    "prunable",
    "read_manifest",
    "record_proof",
    "remove",
    "restore",
    "restore_copy",
    "restore_into",
    "room",
    "take",
]
