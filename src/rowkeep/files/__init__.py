"""Directories of migrations, read as they are in every known layout, and new migrations, written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rowkeep.domain.migration import Directory

if TYPE_CHECKING:
    from rowkeep.config import Settings


def read(settings: Settings) -> Directory:
    """The migrations of `settings.migrations_dir` in the order in which they run.

    Raises Misused where the directory is missing or cannot be read. What is wrong within it is a remark.
    """
    from rowkeep.files import node_pg_migrate
    from rowkeep.files.listing import listing

    return node_pg_migrate.read(listing(settings.migrations_dir))
