"""The layout of dbmate: `<digits>_name.sql`, with `-- migrate:up` and `-- migrate:down` in one file."""

from __future__ import annotations

import re

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Directory
from rowkeep.files import marker_files
from rowkeep.files.content.sections import unrecognized_remark
from rowkeep.files.filesystem.listing import DirectoryListing, file_extension

NAME = "dbmate"

_FILE = compile_later(r"^[0-9]+.*\.sql$")
_MARKER = compile_later(
    r"^--\s*migrate:(?P<direction>up|down)(?:[ \t\r]*$|[ \t]+(?P<options>\S[^\r\n]*))", re.MULTILINE
)


def fits(listing: DirectoryListing) -> bool:
    """Whether dbmate's markers prevail."""
    return marker_files.most_have(listing.scripts, _MARKER, "migrate:")


def read(listing: DirectoryListing) -> Directory:
    """The migrations in the order of their file names (dbmate's pkg/dbmate/migration.go)."""
    migrations = tuple(
        marker_files.read_marked_migration(entry, name.removesuffix(file_extension(name)), NAME, _MARKER)
        for name, entry in listing.files.items()
        if _FILE.match(name)
    )
    unrecognized = tuple(unrecognized_remark(entry) for name, entry in listing.files.items() if not _FILE.match(name))
    return Directory(listing.path, NAME, migrations, unrecognized)
