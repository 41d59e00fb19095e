"""Reads and writes the file with the structure of the database, such as `migrations/schema.sql`."""

from __future__ import annotations

from pathlib import Path

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.schema.schema_file import is_schema_file
from rowkeep.domain.source import Source
from rowkeep.errors import Misused
from rowkeep.files.filesystem.listing import decode_text
from rowkeep.files.filesystem.regular import inside, project_root, read_regular
from rowkeep.files.filesystem.write import write_output


def read_schema_file(path: str) -> Source:
    """The text of the file.

    Raises Misused where it is missing, unreadable, no regular file, a link out of the project, or no UTF-8.
    """
    place = Path(path)
    try:
        # A person may name any file. A checkout may contain a link to one, which nobody named.
        data = read_regular(place, within=project_root(place.parent) if place.is_symlink() else None)
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


def write_schema_file(path: str, text: str, *, overwrite: bool = False) -> bool:
    """Write the file in one step if it is not the same already. Returns whether it was written.

    overwrite: also a file that Rowkeep did not write. Raises Misused for such a file otherwise, for a link that leads
    out of the project, and where the file cannot be written.
    """
    place = Path(path)
    if place.is_symlink() and not inside(place, project_root(place.parent)):
        raise Misused(
            "refused to write the schema file",
            code=ErrorCode.PATH_OUTSIDE_PROJECT,
            where=path,
            why="it is a link to a file outside the project",
            instead=("remove the link",),
        )
    try:
        old = read_regular(place).decode("utf-8", "replace")
    except FileNotFoundError:
        old = None
    except OSError as error:
        raise Misused(
            "the schema file cannot be read", code=ErrorCode.FILE_NOT_READABLE, where=path, why=error.strerror
        ) from None
    if old == text:
        return False
    if old and not overwrite and not is_schema_file(old):
        raise Misused(
            "refused to overwrite a file that Rowkeep did not write",
            code=ErrorCode.FILE_EXISTS,
            where=path,
            instead=("rowkeep schema dump --overwrite", "set schema-file to another path"),
        )
    write_output(path, text)
    return True


def is_up_to_date(path: str, text: str) -> bool:
    """Whether the file has this text. Raises Misused where it is missing or unreadable."""
    return read_schema_file(path).text == text
