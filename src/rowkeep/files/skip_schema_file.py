"""Leaves the schema file out of a directory of migrations."""

from __future__ import annotations

from rowkeep.domain.frozen import replace
from rowkeep.domain.migration import Remark
from rowkeep.domain.schema.schema_file import is_schema_file
from rowkeep.domain.source import Span
from rowkeep.files.filesystem.listing import DirectoryListing


def skip_schema_file(listing: DirectoryListing) -> tuple[DirectoryListing, tuple[Remark, ...]]:
    """The listing without files that `rowkeep schema dump` wrote, and a remark about each."""
    skipped = [entry for entry in listing.files.values() if is_schema_file(entry.source.text)]
    if not skipped:
        return listing, ()
    names = {entry.name for entry in skipped}
    kept = {name: entry for name, entry in listing.files.items() if name not in names}
    message = "the structure of the database, not a migration: skipped"
    remarks = tuple(Remark("schema-file", entry.source, Span(0, 0), message, quiet=True) for entry in skipped)
    return replace(listing, files=kept), remarks
