"""Plain SQL files in the order of their names; node-pg-migrate's markers are understood where they stand."""

from __future__ import annotations

from rowkeep.domain.migration import Directory, Language, Migration
from rowkeep.files.listing import Entry, Listing
from rowkeep.files.markers import cut, markers
from rowkeep.files.sections import single, stranger

NAME = "plain"


def fits(listing: Listing) -> bool:
    """Whether there is an SQL file."""
    return bool(listing.scripts)


def read(listing: Listing) -> Directory:
    """Every `.sql` file, in the order of the names' bytes."""
    scripts = listing.scripts
    strangers = tuple(stranger(entry) for name, entry in listing.files.items() if name not in scripts)
    return Directory(listing.path, NAME, tuple(map(migration, scripts.values())), strangers)


def migration(entry: Entry) -> Migration:
    """One file by itself."""
    name = entry.name.rpartition(".")[0] or entry.name
    if not markers(entry.source.text):
        return single(entry, name, NAME)
    up, down, remarks = cut(entry.source)
    return Migration(name, entry.source.path, Language.SQL, NAME, up, down, entry.remarks + remarks)
