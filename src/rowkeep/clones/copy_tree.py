"""Copies the files of a stopped cluster: by reflink where the file system can share blocks, otherwise by content.

Whether it can is found out by trying, never from the name of the file system. No symbolic link is followed: the source
may belong to the user of the server, and the copy may be made by root.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rowkeep.domain.deploy.golden_copy import CopyMethod
from rowkeep.programs.background import NEVER, Cancellation
from rowkeep.programs.server_user import ServerUser

FICLONE = 0x40049409
"""The request of Linux that makes one file share the blocks of another (linux/fs.h)."""

CLONE_NOFOLLOW = 1
"""For clonefileat(2) of macOS."""

CHUNK = 1 << 26
"""Bytes that are copied between two looks at whether the copy is still needed."""

NOT_SUPPORTED = frozenset(
    {errno.EOPNOTSUPP, errno.ENOTSUP, errno.EXDEV, errno.EINVAL, errno.ENOTTY, errno.ENOSYS, errno.EBADF, errno.EPERM}
)
"""Answers of a file system that does not share blocks, or not between these two files."""


class UnexpectedFile(OSError):
    """Something that is neither a file nor a directory: a cluster of ours has only these."""


class TreeCopy:
    """One copy of a directory tree. method: how the files were copied so far."""

    def __init__(self, who: ServerUser, cancellation: Cancellation = NEVER) -> None:
        self._who = who
        self._cancellation = cancellation
        self._reflink = True

    @property
    def method(self) -> CopyMethod:
        """REFLINK if every file was shared."""
        return CopyMethod.REFLINK if self._reflink else CopyMethod.FILES

    def copy(self, source: Path, target: Path) -> None:
        """Copy `source` to `target`, which does not exist, and give it to the server user. Raises OSError."""
        target.mkdir(mode=0o700)
        reading = os.open(source, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            writing = os.open(target, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                self._copy_directory(reading, writing)
                self._give(writing)
            finally:
                os.close(writing)
        finally:
            os.close(reading)

    def _copy_directory(self, reading: int, writing: int) -> None:
        with os.scandir(reading) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            self._cancellation.check()
            if entry.is_dir(follow_symlinks=False):
                os.mkdir(entry.name, 0o700, dir_fd=writing)
                flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
                inner = os.open(entry.name, flags, dir_fd=reading)
                try:
                    outer = os.open(entry.name, flags, dir_fd=writing)
                    try:
                        self._copy_directory(inner, outer)
                        self._give(outer)
                    finally:
                        os.close(outer)
                finally:
                    os.close(inner)
            else:
                self._copy_file(entry.name, reading, writing)

    def _copy_file(self, name: str, reading: int, writing: int) -> None:
        source = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=reading)
        try:
            status = os.fstat(source)
            if not stat.S_ISREG(status.st_mode):
                raise UnexpectedFile(errno.EINVAL, "neither a file nor a directory", name)
            if status.st_size and sys.platform == "darwin" and self._clone_of_macos(name, reading, writing):
                return
            target = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=writing)
            try:
                if status.st_size and not (self._reflink and self._share(source, target)):
                    self._copy_content(source, target, status.st_size)
                self._give(target)
            finally:
                os.close(target)
        finally:
            os.close(source)

    def _share(self, source: int, target: int) -> bool:
        self._reflink = share_blocks(source, target)
        return self._reflink

    def _clone_of_macos(self, name: str, reading: int, writing: int) -> bool:
        if not self._reflink:
            return False
        library = ctypes.CDLL(None, use_errno=True)
        encoded = os.fsencode(name)
        if library.clonefileat(reading, encoded, writing, encoded, CLONE_NOFOLLOW) != 0:
            number = ctypes.get_errno()
            if number not in NOT_SUPPORTED:
                raise OSError(number, os.strerror(number), name)
            self._reflink = False
            return False
        if self._who.foreign:
            os.chown(name, self._who.uid, self._who.gid, dir_fd=writing, follow_symlinks=False)
        return True

    def _copy_content(self, source: int, target: int, size: int) -> None:
        done = 0
        while done < size:
            self._cancellation.check()
            copied = os.sendfile(target, source, done, min(CHUNK, size - done)) if LINUX else _copy(source, target)
            if copied == 0:
                break
            done += copied

    def _give(self, handle: int) -> None:
        if self._who.foreign:
            os.fchown(handle, self._who.uid, self._who.gid)


LINUX = sys.platform == "linux"


def _copy(source: int, target: int) -> int:
    """Copy the next megabyte."""
    content = os.read(source, 1 << 20)
    written = 0
    while written < len(content):
        written += os.write(target, content[written:])
    return len(content)


def share_blocks(source: int, target: int) -> bool:
    """Make the empty file `target` share the blocks of `source`. False where the file system cannot do that."""
    if sys.platform != "linux":
        return False
    import fcntl

    try:
        fcntl.ioctl(target, FICLONE, source)
    except OSError as error:
        if error.errno in NOT_SUPPORTED:
            return False
        raise
    return True


def can_reflink(directory: Path) -> bool:
    """Whether files in `directory` can share blocks: tried with two small files there."""
    with tempfile.TemporaryDirectory(prefix=".trial-", dir=directory) as trial:
        source, target = Path(trial) / "source", Path(trial) / "target"
        source.write_bytes(bytes(8192))
        if sys.platform == "darwin":
            library = ctypes.CDLL(None, use_errno=True)
            return bool(library.clonefile(os.fsencode(source), os.fsencode(target), CLONE_NOFOLLOW) == 0)
        with source.open("rb") as reading, target.open("wb") as writing:
            return share_blocks(reading.fileno(), writing.fileno())


def list_files(data: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Every file and directory below `data`, by its path, in a fixed order. Raises UnexpectedFile for the rest."""
    pending = [""]
    while pending:
        parent = pending.pop()
        with os.scandir(data / parent) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            name = f"{parent}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                pending.append(f"{name}/")
            elif not entry.is_file(follow_symlinks=False):
                raise UnexpectedFile(errno.EINVAL, "neither a file nor a directory", name)
            yield name, entry.stat(follow_symlinks=False)


def size_of_files(data: Path) -> int:
    """Bytes of all files below `data`."""
    return sum(status.st_size for _, status in list_files(data) if stat.S_ISREG(status.st_mode))


def hash_of_files(data: Path) -> str:
    """A hash of the names, sizes and times of all files below `data`: it shows that something was changed or lost."""
    lines = hashlib.sha256()
    for name, status in list_files(data):
        content = f"{status.st_size} {status.st_mtime_ns}" if stat.S_ISREG(status.st_mode) else "directory"
        lines.update(f"{name}\0{content}\n".encode("utf-8", "surrogateescape"))
    return lines.hexdigest()


def sync_file_system(directory: Path) -> None:
    """Write everything that was written to the file system of `directory` to the disk. Raises OSError."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if hasattr(library, "syncfs"):
            if library.syncfs(handle) != 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number), str(directory))
        else:
            os.sync()
    finally:
        os.close(handle)


def sync_directory(directory: Path) -> None:
    """Make the entries of a directory survive a power failure. Raises OSError."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
