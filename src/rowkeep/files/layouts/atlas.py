"""The layout of Atlas: `<version>_name.sql` beside an `atlas.sum`, up only."""

from __future__ import annotations

import re

from rowkeep.domain.frozen import replace
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Directory, Migration, Remark
from rowkeep.files.content.sections import find_directive, unrecognized_remark, up_only_migration
from rowkeep.files.filesystem.listing import DirectoryEntry, DirectoryListing

NAME = "atlas"
SUM = "atlas.sum"

_OUTSIDE = compile_later(r"^--[ \t]*atlas:txmode[ \t]+none\b", re.MULTILINE)
_OTHER = compile_later(r"^--[ \t]*atlas:(?:checkpoint|delimiter)\b[^\r\n]*", re.MULTILINE)


def fits(listing: DirectoryListing) -> bool:
    """Whether there is an `atlas.sum`."""
    return SUM in listing.files


def read(listing: DirectoryListing) -> Directory:
    """The migrations in the order of their file names."""
    migrations = tuple(_migration(entry) for entry in listing.scripts.values())
    scripts = listing.scripts
    unrecognized = tuple(
        unrecognized_remark(entry) for name, entry in listing.files.items() if name not in scripts and name != SUM
    )
    return Directory(listing.path, NAME, migrations, unrecognized)


def _migration(entry: DirectoryEntry) -> Migration:
    outside = find_directive(entry.source, _OUTSIDE) is not None
    read = up_only_migration(entry, entry.name[: -len(".sql")], NAME, outside=outside)
    span = find_directive(entry.source, _OTHER)
    if span is None:
        return read
    message = "an Atlas directive changes how this file runs; Rowkeep reads it as plain SQL"
    return replace(read, remarks=(*read.remarks, Remark("directive", entry.source, span, message)))
