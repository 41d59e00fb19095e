"""Files whose name says that they take something back are never run as migrations."""

from __future__ import annotations

from dataclasses import replace

from rowkeep.domain.migration import Directory, Language, Migration
from rowkeep.files.content.markers import find_markers
from rowkeep.files.content.sections import file_remark
from rowkeep.files.filename import find_down_files
from rowkeep.files.filesystem.listing import DirectoryEntry

MARKED = ("dbmate", "goose")
"""Layouts whose files say in their text which part is up."""


def refuse_down_file(directory: Directory) -> Directory:
    """The directory, whose down files stand in the way of a run.

    A file that begins its up part with a marker (`-- Up Migration`) says itself what is up, whatever it is called.
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
    pair = f"the down part of {partner}" if partner else "a down part, and its up part is not here"
    message = (
        f"{name} is by its name {pair}: it is never run as a migration. If it is one, begin it with “-- Up Migration”"
    )
    remark = file_remark(DirectoryEntry(name, migration.source), "down-file", message, fatal=True)
    return replace(migration, remarks=(*migration.remarks, remark))
