"""Directories of migrations, read as they are in every known layout, and new migrations, written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rowkeep.domain.migration import Directory, Language, Migration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rowkeep.config import Settings
    from rowkeep.files.filesystem.listing import DirectoryEntry


def read(settings: Settings) -> Directory:
    """The migrations of `settings.migrations_dir` in the order in which they run.

    Raises Misused where the directory is missing or cannot be read. What is wrong within it is a remark.
    """
    return read_directory(settings.migrations_dir, settings.layout, settings.ignore_pattern)


def read_directory(path: str, layout: str = "auto", ignore: str = r"\..*") -> Directory:
    """The migrations of the directory `path`. layout: a name, or `auto` to recognise it by its shape."""
    from rowkeep.files.filesystem.listing import read_listing
    from rowkeep.files.read_migrations import read_migrations

    return read_migrations(read_listing(path, ignore), layout)


def read_with(path: str, entry: DirectoryEntry, layout: str = "auto", ignore: str = r"\..*") -> Directory:
    """The same directory with `entry` in it, in place of the file of that name if there is one."""
    from dataclasses import replace

    from rowkeep.files.filesystem.listing import read_listing
    from rowkeep.files.read_migrations import read_migrations

    found = read_listing(path, ignore)
    files = {**found.files, entry.name: entry}
    whole = replace(found, files=dict(sorted(files.items(), key=lambda item: item[0].encode("utf-8", "replace"))))
    return read_migrations(whole, layout)


def read_entry(entry: DirectoryEntry, layout: str = "auto") -> Migration:
    """One entry of no directory, by itself."""
    return _alone(entry, layout)


def read_text(path: str, text: str, layout: str = "auto") -> Migration:
    """One text by itself (from stdin, or a file apart): the parts that its markers tell, whatever it is called.

    path: what the text is called in messages; its last part becomes the migration's name.
    """
    from rowkeep.domain.source import Source
    from rowkeep.files.filesystem.listing import DirectoryEntry

    return _alone(DirectoryEntry(path.rpartition("/")[2], Source(path, text)), layout)


def read_file(path: str, layout: str = "auto") -> Migration:
    """One file by itself. Raises Misused where it cannot be read."""
    from pathlib import Path

    from rowkeep.domain.error_code import ErrorCode
    from rowkeep.errors import Misused
    from rowkeep.files.filesystem.listing import decode_text
    from rowkeep.files.filesystem.regular import project_root, read_regular

    try:
        data = read_regular(Path(path), within=project_root(Path(path).parent))
    except OSError as error:
        raise Misused(
            "the file cannot be read", code=ErrorCode.FILE_NOT_READABLE, where=path, why=error.strerror
        ) from None
    return _alone(decode_text(path, Path(path).name, data), layout)


def _alone(entry: DirectoryEntry, layout: str) -> Migration:
    from dataclasses import replace

    from rowkeep.files import layouts
    from rowkeep.files.content.includes import include_files
    from rowkeep.files.filesystem.listing import DirectoryListing
    from rowkeep.files.layouts.plain import migration
    from rowkeep.files.order import numeric_prefix

    # Most layouts know a migration by a number in front and `.sql` behind; a text apart need not have them.
    known = entry.name if numeric_prefix(entry.name) and "." in entry.name else f"1_{entry.name}.sql"
    if entry.name.endswith(".py") and not numeric_prefix(entry.name):
        known = f"1_{entry.name}"
    renamed = replace(entry, name=known)
    alone = DirectoryListing(".", {known: renamed}, {})
    chosen = layouts.recognise_layout(alone) if layout == "auto" else layouts.layout_by_name(layout)
    found = chosen.read(alone).migrations
    one = replace(found[0] if found else migration(renamed), name=entry.name.rpartition(".")[0] or entry.name)
    return include_files(one)


def create(settings: Settings, words: Sequence[str], language: Language = Language.SQL) -> str:
    """Write a new migration called by `words` into `settings.migrations_dir`, and return its path.

    Raises Misused for a name that cannot be, and where the disk refuses.
    """
    from rowkeep.files.new_migration import create_migration_file as write

    return write(settings.migrations_dir, words, layout=settings.layout, language=language)
