"""The layout of golang-migrate: `<number>_name.up.sql` and `<number>_name.down.sql`."""

from __future__ import annotations

from rowkeep.domain.migration import Directory
from rowkeep.files.filesystem.listing import DirectoryListing
from rowkeep.files.pairs import has_pairs, read_pairs

NAME = "golang-migrate"


def fits(listing: DirectoryListing) -> bool:
    """Whether there are pairs of files."""
    return has_pairs(listing)


def read(listing: DirectoryListing) -> Directory:
    """The migrations in the order of their numbers (golang-migrate's source/parse.go)."""
    return read_pairs(listing, NAME, lambda entry: False)
