"""Refuses to run files as migrations whose names say that they undo something."""

from __future__ import annotations

from rowkeep.domain.frozen import replace
from rowkeep.domain.migration import Directory, Language, Migration
from rowkeep.files.content.markers import find_markers
from rowkeep.files.content.sections import file_remark
from rowkeep.files.filename import find_down_files
from rowkeep.files.filesystem.listing import DirectoryEntry

MARKED = ("dbmate", "goose")
"""Layouts whose files mark their up part."""


def refuse_down_file(directory: Directory) -> Directory:
    """The directory, with a fatal remark on each down file.

    A file that marks its up part (`-- Up Migration`) is an up migration, whatever its name.
    """
    if directory.layout in MARKED:
        return directory
    names = {migration.path.rpartition("/")[2]: migration for migration in directory.migrations}
    found = {
        name: partner
        for name, partner in find_down_files(names).items()
        if names[name].language is Language.SQL and not find_markers(names[name].source.text)
    }
    if not found:
        return directory
    return replace(
        directory,
        migrations=tuple(
            _refuse(migration, name, found[name])
            if (name := migration.path.rpartition("/")[2]) in found
            else migration
            for migration in directory.migrations
        ),
    )


def _refuse(migration: Migration, name: str, partner: str | None) -> Migration:
    pair = f"the down part of {partner}" if partner else "a down part without an up part"
    message = f"by its name, {name} is {pair}, so it never runs. If it is a migration, start it with “-- Up Migration”"
    remark = file_remark(DirectoryEntry(name, migration.source), "down-file", message, fatal=True)
    return replace(migration, remarks=(*migration.remarks, remark))
