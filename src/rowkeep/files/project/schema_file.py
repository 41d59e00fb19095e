"""Reads and writes the file with the structure of the database, such as `migrations/schema.sql`."""

from __future__ import annotations

from pathlib import Path

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.source import Source
from rowkeep.errors import Misused
from rowkeep.files.filesystem.listing import decode_text
from rowkeep.files.filesystem.regular import read_regular


def read_schema_file(path: str) -> Source:
    """The text of the file. Raises Misused where it is missing, unreadable, no regular file, or no UTF-8."""
    try:
        data = read_regular(Path(path))
    except (FileNotFoundError, NotADirectoryError):
        raise Misused(
            "the schema file does not exist",
            code=ErrorCode.FILE_NOT_FOUND,
            where=path,
            instead=(f"rowkeep schema dump --output {path}",),
        ) from None
    except OSError as error:
        raise Misused(
            "the schema file cannot be read", code=ErrorCode.FILE_NOT_READABLE, where=path, why=error.strerror
        ) from None
    entry = decode_text(path, Path(path).name, data)
    fatal = next((remark for remark in entry.remarks if remark.fatal), None)
    if fatal is not None:
        raise Misused(
            "the schema file cannot be read", code=ErrorCode.FILE_NOT_READABLE, where=path, why=fatal.message
        )
    return entry.source
