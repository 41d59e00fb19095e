"""The first line of the schema file, by which it is told from a migration."""

from __future__ import annotations

HEADER = "-- The structure of the database, written by Rowkeep: `rowkeep schema dump`. It is not a migration."
"""The first line. A file that begins with it is never run as a migration."""


def is_schema_file(text: str) -> bool:
    """Whether Rowkeep wrote this text as a schema file."""
    return text.startswith(HEADER)
