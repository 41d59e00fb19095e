"""The layouts of migration directories, one module each, and which one a directory has.

A module exposes NAME, `fits(listing) -> bool` and `read(listing) -> Directory`.
"""

from __future__ import annotations

import importlib
from typing import Protocol

from rowkeep.domain.migration import Directory
from rowkeep.files.filesystem.listing import DirectoryListing

# The first that fits is taken: what is told by files of a name stands before what is told by their text.
MODULES = (
    "sqitch",
    "drizzle",
    "prisma",
    "prisma_next",
    "diesel",
    "liquibase",
    "flyway",
    "goose",
    "dbmate",
    "sqlx",
    "golang_migrate",
    "pairs",
    "atlas",
    "supabase",
    "version_folders",
    "node_pg_migrate",
    "plain",
)


IN_FOLDERS = frozenset({"drizzle", "prisma_next", "diesel", "version_folders"})
"""The layouts whose migrations are in folders of the directory. Without a folder they are not imported."""

WITH_A_FILE = {"prisma": "migration_lock.toml", "atlas": "atlas.sum"}
"""Layouts that have this file, or folders. Without either they are not imported."""


class Layout(Protocol):
    """What each module of this package offers."""

    NAME: str

    def fits(self, listing: DirectoryListing) -> bool: ...

    def read(self, listing: DirectoryListing) -> Directory: ...


def layout_by_name(name: str) -> Layout:
    """The layout called `name` (`node-pg-migrate`)."""
    module: Layout = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    return module


def recognise_layout(listing: DirectoryListing) -> Layout:
    """The layout that the directory's shape tells."""
    names = (name for name in MODULES if listing.folders or _fits_without_folders(name, listing))
    return next(layout for layout in map(layout_by_name, names) if layout.NAME == "plain" or layout.fits(listing))


def _fits_without_folders(name: str, listing: DirectoryListing) -> bool:
    """Whether the layout may fit a directory without folders."""
    return name not in IN_FOLDERS and (name not in WITH_A_FILE or WITH_A_FILE[name] in listing.files)
