"""Creates private directories with short names for throw-away servers."""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Unreachable
from rowkeep.programs.server_user import ServerUser
from rowkeep.scratch import lifetime

PREFIX = "rowkeep-scratch-"

ATTEMPTS = 5

SOCKET = 103 - len("/.s.PGSQL.5432.lock")
"""Maximum length of a socket directory; the limit of macOS (sun_path, 104 bytes including the NUL)."""

GET_FLAGS, SET_FLAGS = 0x80086601, 0x40086602
"""FS_IOC_GETFLAGS and FS_IOC_SETFLAGS of Linux (linux/fs.h), on 64-bit systems."""

TOP_DIRECTORY = 0x00020000
"""FS_TOPDIR_FL: the subdirectories have nothing to do with each other."""


def make_directory(who: ServerUser, preferred: tuple[Path, ...] = ()) -> tuple[Path, int]:
    """A new directory (0700) that belongs to the server user, and its lock, which nobody else has or can acquire.

    preferred: where it should be, if the names of sockets there are short enough.
    """
    for parent in (*preferred, *temporary_parents()):
        made = _make_locked(parent)
        if made is None:
            continue
        path, lock = made
        if len(os.fsencode(path)) <= SOCKET and who.reaches(who.own(path)):
            _spread_subdirectories(path)
            return path, lock
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)
    raise Unreachable(
        "no directory for a throw-away server",
        code=ErrorCode.LOCAL_SERVER_FAILED,
        why=f"none of {', '.join(map(str, temporary_parents()))} is writable, accessible to {who.name} "
        "and short enough",
        instead=("set TMPDIR to such a directory",),
    )


def _make_locked(parent: Path) -> tuple[Path, int] | None:
    """A new directory with its lock; None if `parent` cannot be used.

    Locked at once: if we are killed later, the next start sees that it is ours and that nobody uses it.
    """
    for _ in range(ATTEMPTS):
        try:
            path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        except OSError:
            return None
        with suppress(OSError):  # a start at the same moment has removed the directory, because it was empty
            lock = lifetime.try_lock(path)
            if lock is not None:
                return path, lock
    return None


def _spread_subdirectories(path: Path) -> None:
    """Ask ext4 to place each new subdirectory of `path` in a part of the disk that depends on its name (`chattr +T`).

    Otherwise the files of a new server come where those of the last one were removed. ext4 without a journal passes
    over every inode that was deleted within the last minutes, one by one: 1,000 files then cost seconds
    (docs/decisions/0750-deploy-side-by-side.md). Other file systems refuse the flag and need none.
    """
    if sys.platform != "linux":
        return
    with suppress(OSError):
        directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            (flags,) = struct.unpack("=I4x", fcntl.ioctl(directory, GET_FLAGS, bytes(8)))
            fcntl.ioctl(directory, SET_FLAGS, struct.pack("=I4x", flags | TOP_DIRECTORY))
        finally:
            os.close(directory)


def temporary_parents() -> tuple[Path, ...]:
    """Candidates for temporary directories; that of the system first."""
    return tuple(dict.fromkeys((Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"))))
