"""Writes a set of changed migrations: new files first, so that every statement is always in some file."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused
from rowkeep.files.filesystem.write import write_new, write_over

_BOM = b"\xef\xbb\xbf"


def write_changes(files: Sequence[tuple[str, str, str]]) -> None:
    """Write (path, old text, new text). A new file has '' as old text. Each file is written completely or not at all.

    Raises Misused if a file has changed since it was read, or cannot be written; new files are then removed again.
    """
    marks = {path: _as_read(path, old) for path, old, _ in files if old}
    created: list[str] = []
    try:
        for path, old, new in files:
            if not old:
                if has_text(path, new):
                    # An earlier run wrote it and died before it changed the other files.
                    continue
                if not write_new(path, new.encode()):
                    raise Misused(
                        "the file already exists",
                        code=ErrorCode.FILE_EXISTS,
                        where=path,
                        instead=("run the same command again",),
                    )
                created.append(path)
    except Misused:
        for path in created:
            with suppress(OSError):
                Path(path).unlink()
        raise
    for path, old, new in files:
        if old:
            write_over(path, marks[path] + new.encode())


def has_text(path: str, text: str) -> bool:
    """Whether the file exists and contains exactly this text."""
    try:
        return Path(path).read_bytes() == text.encode()
    except OSError:
        return False


def _as_read(path: str, old: str) -> bytes:
    """The byte order mark of the file, or b''. Raises Misused if the file has changed."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise Misused(
            "cannot read the file", code=ErrorCode.FILE_NOT_READABLE, where=path, why=error.strerror
        ) from None
    mark = _BOM if data.startswith(_BOM) else b""
    if data[len(mark) :] != old.encode():
        raise Misused(
            "the file changed while the command was running",
            code=ErrorCode.FILE_CHANGED,
            where=path,
            instead=("run the same command again",),
        )
    return mark
