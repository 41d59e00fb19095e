"""The layout of Supabase: `supabase/migrations/<digits>_name.sql`, up only."""

from __future__ import annotations

from pathlib import PurePosixPath

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Directory
from rowkeep.files.content.sections import unrecognized_remark, up_only_migration
from rowkeep.files.filesystem.listing import DirectoryListing

NAME = "supabase"

_FILE = compile_later(r"^[0-9]+_.*\.sql$")


def fits(listing: DirectoryListing) -> bool:
    """Whether the directory lies in one called `supabase`, or beside Supabase's own `config.toml` and functions."""
    if PurePosixPath(listing.path).parent.name != "supabase" and not {"config.toml", "seed.sql"} <= listing.beside:
        return False
    return any(_FILE.match(name) for name in listing.files)


def read(listing: DirectoryListing) -> Directory:
    """The migrations in the order of their file names."""
    migrations = tuple(
        up_only_migration(entry, name.removesuffix(".sql"), NAME)
        for name, entry in listing.files.items()
        if _FILE.match(name)
    )
    unrecognized = tuple(unrecognized_remark(entry) for name, entry in listing.files.items() if not _FILE.match(name))
    return Directory(listing.path, NAME, migrations, unrecognized)
