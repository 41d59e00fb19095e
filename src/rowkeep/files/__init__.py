"""Reads migration directories in every known layout, and writes new migrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rowkeep.domain.migration import Directory, Language, Migration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rowkeep.config import Settings
    from rowkeep.files.filesystem.listing import DirectoryEntry


def read(settings: Settings) -> Directory:
    """The migrations of `settings.migrations_dir` in the order in which they run.

    Raises Misused if the directory is missing or cannot be read. Problems in it are remarks.
    """
    return read_directory(settings.migrations_dir, settings.layout, settings.ignore_pattern)


def read_directory(path: str, layout: str = "auto", ignore: str = r"\..*") -> Directory:
    """The migrations of the directory `path`. layout: a name, or `auto` to recognise it by its shape."""
    from rowkeep.files.filesystem.listing import read_listing
    from rowkeep.files.read_migrations import read_migrations

    return read_migrations(read_listing(path, ignore), layout)


def read_with(path: str, entry: DirectoryEntry, layout: str = "auto", ignore: str = r"\..*") -> Directory:
    """The same directory with `entry` added, or replacing the file with that name."""
    from dataclasses import replace

    from rowkeep.files.filesystem.listing import read_listing
    from rowkeep.files.read_migrations import read_migrations

    found = read_listing(path, ignore)
    files = {**found.files, entry.name: entry}
    whole = replace(found, files=dict(sorted(files.items(), key=lambda item: item[0].encode("utf-8", "replace"))))
    return read_migrations(whole, layout)


def read_entry(entry: DirectoryEntry, layout: str = "auto") -> Migration:
    """The migration of a single entry without a directory."""
    return _alone(entry, layout)


def read_text(path: str, text: str, layout: str = "auto") -> Migration:
    """A single text (from stdin, or a file outside a directory), divided at its markers, with any name.

    path: the name of the text in messages; its last part is the name of the migration.
    """
    from rowkeep.domain.source import Source
    from rowkeep.files.filesystem.listing import DirectoryEntry

    return _alone(DirectoryEntry(path.rpartition("/")[2], Source(path, text)), layout)


def read_file(path: str, layout: str = "auto") -> Migration:
    """A single file. Raises Misused if it cannot be read."""
    from pathlib import Path

    from rowkeep.domain.error_code import ErrorCode
    from rowkeep.errors import Misused
    from rowkeep.files.filesystem.listing import decode_text
    from rowkeep.files.filesystem.regular import project_root, read_regular

    try:
        data = read_regular(Path(path), within=project_root(Path(path).parent))
    except OSError as error:
        raise Misused(
            "cannot read the file", code=ErrorCode.FILE_NOT_READABLE, where=path, why=error.strerror
        ) from None
    return _alone(decode_text(path, Path(path).name, data), layout)


def _alone(entry: DirectoryEntry, layout: str) -> Migration:
    from dataclasses import replace

    from rowkeep.files import layouts
    from rowkeep.files.content.includes import include_files
    from rowkeep.files.filesystem.listing import DirectoryListing
    from rowkeep.files.layouts.plain import migration
    from rowkeep.files.order import numeric_prefix

    # Most layouts expect a number at the start and `.sql` at the end; a single text may lack both.
    known = entry.name if numeric_prefix(entry.name) and "." in entry.name else f"1_{entry.name}.sql"
    if entry.name.endswith(".py") and not numeric_prefix(entry.name):
        known = f"1_{entry.name}"
    renamed = replace(entry, name=known)
    alone = DirectoryListing(".", {known: renamed}, {})
    chosen = layouts.recognise_layout(alone) if layout == "auto" else layouts.layout_by_name(layout)
    migrations = chosen.read(alone).migrations
    name = entry.name.rpartition(".")[0] or entry.name
    return include_files(replace(migrations[0] if migrations else migration(renamed), name=name))


def create(settings: Settings, words: Sequence[str], language: Language = Language.SQL) -> str:
    """Write a new migration, named by `words`, into `settings.migrations_dir`, and return its path.

    Raises Misused for an invalid name, or if the file cannot be written.
    """
    from rowkeep.files.new_migration import create_migration_file as write

    return write(settings.migrations_dir, words, layout=settings.layout, language=language)
