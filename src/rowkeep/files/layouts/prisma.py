"""The layout of Prisma: `<digits>_name/migration.sql`, up only."""

from __future__ import annotations

from rowkeep.domain.migration import Directory
from rowkeep.files.listing import Listing
from rowkeep.files.sections import single, stranger

NAME = "prisma"
FILE = "migration.sql"
LOCK = "migration_lock.toml"


def fits(listing: Listing) -> bool:
    """Whether a folder holds a `migration.sql`."""
    return LOCK in listing.files or any(FILE in files for files in listing.folders.values())


def read(listing: Listing) -> Directory:
    """The migrations in the order of their folders' names."""
    migrations = tuple(single(files[FILE], name, NAME) for name, files in listing.folders.items() if FILE in files)
    rest = [entry for name, entry in listing.files.items() if name != LOCK]
    rest += [entry for files in listing.folders.values() for name, entry in files.items() if name != FILE]
    return Directory(listing.path, NAME, migrations, tuple(map(stranger, rest)))
