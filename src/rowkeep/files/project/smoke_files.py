"""Reads the files with smoke queries."""

from __future__ import annotations

from pathlib import Path

from rowkeep import files
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.migration import Migration
from rowkeep.errors import Misused
from rowkeep.files.filesystem.listing import list_names


def read_smoke_files(directory: str) -> tuple[Migration, ...]:
    """The files `*.sql` of the directory, sorted by name; none where it does not exist. Raises Misused."""
    names = [name for name in list_names(directory) if name.lower().endswith(".sql") and not name.startswith(".")]
    return tuple(_read(Path(directory, name).as_posix()) for name in sorted(names))


def _read(path: str) -> Migration:
    migration = files.read_file(path, "plain")
    fatal = next((remark for remark in migration.remarks if remark.fatal and remark.kind in BAD_BYTES), None)
    if fatal is not None:
        raise Misused("cannot read the file", code=ErrorCode.FILE_NOT_READABLE, where=path, why=fatal.message)
    return migration


BAD_BYTES = frozenset({"not-utf-8", "nul-character", "unreadable-file"})
