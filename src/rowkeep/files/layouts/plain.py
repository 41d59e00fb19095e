"""Plain SQL files in the order of their names; node-pg-migrate's markers are recognized."""

from __future__ import annotations

from rowkeep.domain.migration import Directory, Language, Migration
from rowkeep.files.content.markers import cut_sections, find_markers
from rowkeep.files.content.sections import unrecognized_remark, up_only_migration
from rowkeep.files.filesystem.listing import DirectoryEntry, DirectoryListing

NAME = "plain"


def fits(listing: DirectoryListing) -> bool:
    """Whether there is an SQL file."""
    return bool(listing.scripts)


def read(listing: DirectoryListing) -> Directory:
    """Every `.sql` file, in the order of the names' bytes."""
    scripts = listing.scripts
    unrecognized = tuple(unrecognized_remark(entry) for name, entry in listing.files.items() if name not in scripts)
    return Directory(listing.path, NAME, tuple(map(migration, scripts.values())), unrecognized)


def migration(entry: DirectoryEntry) -> Migration:
    """One file by itself."""
    name = entry.name.rpartition(".")[0] or entry.name
    if not find_markers(entry.source.text):
        return up_only_migration(entry, name, NAME)
    up, down, remarks = cut_sections(entry.source)
    return Migration(name, entry.source.path, Language.SQL, NAME, up, down, entry.remarks + remarks)
