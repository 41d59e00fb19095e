"""Directories of migrations, read as they are in every known layout, and new migrations, written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rowkeep.domain.migration import Directory, Migration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rowkeep.config import Settings


def read(settings: Settings) -> Directory:
    """The migrations of `settings.migrations_dir` in the order in which they run.

    Raises Misused where the directory is missing or cannot be read. What is wrong within it is a remark.
    """
    return read_directory(settings.migrations_dir, settings.layout, settings.ignore_pattern)


def read_directory(path: str, layout: str = "auto", ignore: str = r"\..*") -> Directory:
    """The migrations of the directory `path`. layout: a name, or `auto` to recognise it by its shape."""
    from rowkeep.files import layouts
    from rowkeep.files.listing import listing

    found = listing(path, ignore)
    chosen = layouts.recognised(found) if layout == "auto" else layouts.named(layout)
    return chosen.read(found)


def read_text(path: str, text: str, layout: str = "auto") -> Migration:
    """One text by itself (from stdin, or a file apart): the parts that its markers tell, whatever it is called.

    path: what the text is called in messages; its last part becomes the migration's name.
    """
    from dataclasses import replace

    from rowkeep.domain.source import Source
    from rowkeep.files import layouts
    from rowkeep.files.layouts.plain import migration
    from rowkeep.files.listing import Entry, Listing
    from rowkeep.files.order import prefix

    name = path.rpartition("/")[2]
    # Most layouts know a migration by a number in front and `.sql` behind; a text apart need not have them.
    known = name if prefix(name) and name.endswith(".sql") else f"1_{name}.sql"
    entry = Entry(known, Source(path, text))
    alone = Listing(".", {known: entry}, {})
    chosen = layouts.recognised(alone) if layout == "auto" else layouts.named(layout)
    found = chosen.read(alone).migrations
    return replace(found[0] if found else migration(entry), name=name.removesuffix(".sql"))


def create(settings: Settings, words: Sequence[str]) -> str:
    """Write a new migration called by `words` into `settings.migrations_dir`, and return its path.

    Raises Misused for a name that cannot be, and where the disk refuses.
    """
    from rowkeep.files.new import create as write

    return write(settings.migrations_dir, words, layout=settings.layout)
