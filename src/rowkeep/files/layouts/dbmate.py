"""The layout of dbmate: `<digits>_name.sql`, with `-- migrate:up` and `-- migrate:down` in one file."""

from __future__ import annotations

import re

from rowkeep.domain.migration import Directory
from rowkeep.files import marked
from rowkeep.files.listing import Listing, extension
from rowkeep.files.sections import stranger

NAME = "dbmate"

_FILE = re.compile(r"^[0-9]+.*\.sql$")
_MARKER = re.compile(r"^--\s*migrate:(?P<direction>up|down)(?:[ \t\r]*$|[ \t]+(?P<options>\S[^\r\n]*))", re.MULTILINE)


def fits(listing: Listing) -> bool:
    """Whether dbmate's markers prevail."""
    return marked.most_have(listing.scripts, _MARKER)


def read(listing: Listing) -> Directory:
    """The migrations in the order of their file names (dbmate's pkg/dbmate/migration.go)."""
    migrations = tuple(
        marked.migration(entry, name.removesuffix(extension(name)), NAME, _MARKER)
        for name, entry in listing.files.items()
        if _FILE.match(name)
    )
    strangers = tuple(stranger(entry) for name, entry in listing.files.items() if not _FILE.match(name))
    return Directory(listing.path, NAME, migrations, strangers)
