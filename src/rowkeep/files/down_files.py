"""Files whose name says that they take something back are never run as migrations."""

from __future__ import annotations

from dataclasses import replace

from rowkeep.domain.migration import Directory, Language, Migration
from rowkeep.files.filename import down_files
from rowkeep.files.listing import Entry
from rowkeep.files.markers import markers
from rowkeep.files.sections import about

MARKED = ("dbmate", "goose")
"""Layouts whose files say in their text which part is up."""


def refused(directory: Directory) -> Directory:
    """The directory, whose down files stand in the way of a run.

    A file that begins its up part with a marker (`-- Up Migration`) says itself what is up, whatever it is called.
    """
    if directory.layout in MARKED:
        return directory
    names = {migration.path.rpartition("/")[2]: migration for migration in directory.migrations}
    found = {
        name: partner
        for name, partner in down_files(names).items()
        if names[name].language is Language.SQL and not markers(names[name].source.text)
    }
    if not found:
        return directory
    return replace(
        directory,
        migrations=tuple(
            _refused(migration, name, found[name])
            if (name := migration.path.rpartition("/")[2]) in found
            else migration
            for migration in directory.migrations
        ),
    )


def _refused(migration: Migration, name: str, partner: str | None) -> Migration:
    pair = f"the down part of {partner}" if partner else "a down part, and its up part is not here"
    message = (
        f"{name} is by its name {pair}: it is never run as a migration. If it is one, begin it with “-- Up Migration”"
    )
    remark = about(Entry(name, migration.source), "down-file", message, fatal=True)
    return replace(migration, remarks=(*migration.remarks, remark))
