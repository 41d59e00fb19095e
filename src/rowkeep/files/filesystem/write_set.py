"""Writes a set of changed migrations: new files first, so that no statement is ever in none of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused
from rowkeep.files.filesystem.write import write_new, write_over

_BOM = b"\xef\xbb\xbf"


def write_changes(files: Sequence[tuple[str, str, str]]) -> None:
    """Write (path, old text, new text); '' as old text is a new file. Each file is written whole or not at all.

    Raises Misused where a file is not as it was read, and where the disk refuses; no new file stays behind then.
    """
    marks = {path: _as_read(path, old) for path, old, _ in files if old}
    made: list[str] = []
    try:
        for path, old, new in files:
            if not old:
                if has_text(path, new):
                    # An earlier run wrote it, and died before it came to the files that change.
                    continue
                if not write_new(path, new.encode()):
                    raise Misused(
                        "the file exists already",
                        code=ErrorCode.FILE_EXISTS,
                        where=path,
                        instead=("run the same command again",),
                    )
                made.append(path)
    except Misused:
        for path in made:
            with suppress(OSError):
                Path(path).unlink()
        raise
    for path, old, new in files:
        if old:
            write_over(path, marks[path] + new.encode())


def has_text(path: str, text: str) -> bool:
    """Whether the file is there and holds just that."""
    try:
        return Path(path).read_bytes() == text.encode()
    except OSError:
        return False


def _as_read(path: str, old: str) -> bytes:
    """The file's byte order mark, if it has one."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise Misused(
            "the file cannot be read", code=ErrorCode.FILE_NOT_READABLE, where=path, why=error.strerror
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
