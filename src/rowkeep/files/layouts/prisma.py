"""The layout of Prisma: `<digits>_name/migration.sql`, and sometimes a `down.sql` beside it."""

from __future__ import annotations

from rowkeep.domain.migration import Directory
from rowkeep.files.content.sections import unrecognized_remark
from rowkeep.files.filesystem.listing import DirectoryEntry, DirectoryListing
from rowkeep.files.pairs import join_pair

NAME = "prisma"
FILE = "migration.sql"
LOCK = "migration_lock.toml"
DOWN = ("down.sql", "rollback.sql")
"""What people put beside it, for `prisma migrate resolve`; Prisma itself never runs it."""


def fits(listing: DirectoryListing) -> bool:
    """Whether a folder holds a `migration.sql`."""
    return LOCK in listing.files or any(FILE in files for files in listing.folders.values())


def read(listing: DirectoryListing) -> Directory:
    """The migrations in the order of their folders' names."""
    migrations = tuple(
        join_pair(name, NAME, files[FILE], next((files[down] for down in DOWN if down in files), None), _never)
        for name, files in listing.folders.items()
        if FILE in files
    )
    rest = [entry for name, entry in listing.files.items() if name != LOCK]
    rest += [entry for files in listing.folders.values() for name, entry in files.items() if name not in (FILE, *DOWN)]
    return Directory(listing.path, NAME, migrations, tuple(map(unrecognized_remark, rest)))


def _never(entry: DirectoryEntry) -> bool:
    return False
