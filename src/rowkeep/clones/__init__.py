"""Golden copies and their clones: a restored backup is kept, and each rehearsal runs on a copy of its files.

The copy shares the blocks of the golden one where the file system can do that (XFS, btrfs, APFS …), so it costs no
time and no space. Elsewhere the files are copied, which is still much less work than a dump and a restore.
"""

from rowkeep.clones.data_directory import DataDirectoryClones
from rowkeep.clones.golden_store import GoldenStore, golden_directory, has_golden_directory
from rowkeep.clones.provider import Clone, CloneProvider, RestoredCluster

__all__ = [
    "Clone",
    "CloneProvider",
    "DataDirectoryClones",
    "GoldenStore",
    "RestoredCluster",
    "golden_directory",
    "has_golden_directory",
]
