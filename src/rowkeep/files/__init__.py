"""Directories of migrations, read as they are in every known layout, and new migrations, written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rowkeep.domain.migration import Directory, Language, Migration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rowkeep.config import Settings
    from rowkeep.files.listing import Entry, Listing


def read(settings: Settings) -> Directory:
    """The migrations of `settings.migrations_dir` in the order in which they run.

    Raises Misused where the directory is missing or cannot be read. What is wrong within it is a remark.
    """
    return read_directory(settings.migrations_dir, settings.layout, settings.ignore_pattern)


def read_directory(path: str, layout: str = "auto", ignore: str = r"\..*") -> Directory:
    """The migrations of the directory `path`. layout: a name, or `auto` to recognise it by its shape."""
    from rowkeep.files.listing import listing

    return _read(listing(path, ignore), layout)


def read_with(path: str, entry: Entry, layout: str = "auto", ignore: str = r"\..*") -> Directory:
    """The same directory with `entry` in it, in place of the file of that name if there is one."""
    from dataclasses import replace

    from rowkeep.files.listing import listing

    found = listing(path, ignore)
    files = {**found.files, entry.name: entry}
    whole = replace(found, files=dict(sorted(files.items(), key=lambda item: item[0].encode("utf-8", "replace"))))
    return _read(whole, layout)


def _read(found: Listing, layout: str) -> Directory:
    """What was listed, as migrations: another database's files left out, down files and templates never run."""
    from dataclasses import replace

    from rowkeep.files import layouts
    from rowkeep.files.dialects import for_postgres
    from rowkeep.files.down_files import refused
    from rowkeep.files.included import with_includes
    from rowkeep.files.nested import with_unread
    from rowkeep.files.templates import filled

    ours, passed = for_postgres(found)
    chosen = layouts.recognised(ours) if layout == "auto" else layouts.named(layout)
    directory = filled(refused(with_includes(chosen.read(ours))))
    return with_unread(replace(directory, remarks=(*directory.remarks, *passed)), found)


def read_entry(entry: Entry, layout: str = "auto") -> Migration:
    """One entry of no directory, by itself."""
    return _alone(entry, layout)


def read_text(path: str, text: str, layout: str = "auto") -> Migration:
    """One text by itself (from stdin, or a file apart): the parts that its markers tell, whatever it is called.

    path: what the text is called in messages; its last part becomes the migration's name.
    """
    from rowkeep.domain.source import Source
    from rowkeep.files.listing import Entry

    return _alone(Entry(path.rpartition("/")[2], Source(path, text)), layout)


def read_file(path: str, layout: str = "auto") -> Migration:
    """One file by itself. Raises Misused where it cannot be read."""
    from pathlib import Path

    from rowkeep.errors import Misused
    from rowkeep.files.listing import decoded
    from rowkeep.files.regular import project_root, read_regular

    try:
        data = read_regular(Path(path), within=project_root(Path(path).parent))
    except OSError as error:
        raise Misused("the file cannot be read", where=path, why=error.strerror) from None
    return _alone(decoded(path, Path(path).name, data), layout)


def _alone(entry: Entry, layout: str) -> Migration:
    from dataclasses import replace

    from rowkeep.files import layouts
    from rowkeep.files.included import including
    from rowkeep.files.layouts.plain import migration
    from rowkeep.files.listing import Listing
    from rowkeep.files.order import prefix

    # Most layouts know a migration by a number in front and `.sql` behind; a text apart need not have them.
    known = entry.name if prefix(entry.name) and "." in entry.name else f"1_{entry.name}.sql"
    if entry.name.endswith(".py") and not prefix(entry.name):
        known = f"1_{entry.name}"
    renamed = replace(entry, name=known)
    alone = Listing(".", {known: renamed}, {})
    chosen = layouts.recognised(alone) if layout == "auto" else layouts.named(layout)
    found = chosen.read(alone).migrations
    one = replace(found[0] if found else migration(renamed), name=entry.name.rpartition(".")[0] or entry.name)
    return including(one)


def create(settings: Settings, words: Sequence[str], language: Language = Language.SQL) -> str:
    """Write a new migration called by `words` into `settings.migrations_dir`, and return its path.

    Raises Misused for a name that cannot be, and where the disk refuses.
    """
    from rowkeep.files.new import create as write

    return write(settings.migrations_dir, words, layout=settings.layout, language=language)
