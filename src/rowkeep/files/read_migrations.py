"""Turns a directory listing into migrations, for every layout."""

from __future__ import annotations

from rowkeep.domain.frozen import replace
from rowkeep.domain.migration import Directory
from rowkeep.files import layouts
from rowkeep.files.content.includes import read_includes
from rowkeep.files.database_variants import select_postgres
from rowkeep.files.down_files import refuse_down_file
from rowkeep.files.filesystem.listing import DirectoryListing
from rowkeep.files.nested import add_unread_remarks
from rowkeep.files.skip_schema_file import skip_schema_file
from rowkeep.files.templates import fill_template_file


def read_migrations(listing: DirectoryListing, layout: str = "auto") -> Directory:
    """The migrations in `listing`. layout: a name, or `auto` to recognise it by its shape.

    Files for other databases are skipped; down files and templates become remarks and never run.
    """
    others, skipped = skip_schema_file(listing)
    ours, passed = select_postgres(others)
    chosen = layouts.recognise_layout(ours) if layout == "auto" else layouts.layout_by_name(layout)
    directory = fill_template_file(refuse_down_file(read_includes(chosen.read(ours))))
    return add_unread_remarks(replace(directory, remarks=(*directory.remarks, *skipped, *passed)), others)
