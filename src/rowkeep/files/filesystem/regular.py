"""The only way to read project files: regular files inside the project, of limited size.

A checkout may hold anything under the name of a migration or of a setting's file: a link to `/etc/shadow`, a FIFO
that nobody writes to, a device that never ends, a dump of six gigabytes.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from rowkeep.domain.frozen import dataclass
from rowkeep.lint_cache.inputs import record_exists, record_file, record_real, spoil_recording

LARGEST = 50_000_000
"""Maximum size of a migration, an included file or stdin, in bytes."""

LARGEST_SETTINGS = 1_000_000
"""Maximum size of a settings file, in bytes."""

# O_NONBLOCK: opening a FIFO without a writer would wait forever.
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY

KINDS = (
    (stat.S_ISDIR, "it is a directory"),
    (stat.S_ISFIFO, "it is a FIFO"),
    (stat.S_ISSOCK, "it is a socket"),
    (stat.S_ISCHR, "it is a device"),
    (stat.S_ISBLK, "it is a device"),
)


class Unsuitable(OSError):
    """A file that must not be read; `strerror` says why."""

    def __init__(self, why: str) -> None:
        super().__init__(errno.EINVAL, why)


def real_path(path: Path) -> Path:
    """Where `path` leads, by all symbolic links. Raises RuntimeError where they go in a circle."""
    try:
        real = path.resolve()
    except RuntimeError:
        spoil_recording()
        raise
    record_real(str(path), str(real))
    return real


def exists(path: Path) -> bool:
    """Whether there is something at `path`."""
    is_there = path.exists()
    record_exists(str(path), is_there)
    return is_there


def project_root(directory: Path | None = None) -> Path:
    """The project that `directory` (default: the current one) belongs to: the repository (`.git`) around it.

    Where there is none: the current directory if it lies in it, else the directory above it.
    """
    here = real_path(Path.cwd())
    home = here if directory is None else real_path(directory)
    for place in (home, *home.parents):
        if exists(place / ".git"):
            return place
    return here if home.is_relative_to(here) else home.parent


def inside(path: Path, root: Path) -> bool:
    """Whether what `path` leads to, by all symbolic links, lies in the directory `root`."""
    try:
        return real_path(path).is_relative_to(root)
    except RuntimeError:  # the links go in a circle
        return False


def read_regular(path: Path, *, within: Path | None = None, largest: int = LARGEST) -> bytes:
    """The bytes of a regular file. within: the directory that it must lie in, by its real path.

    Raises Unsuitable for everything else, and OSError as reading does. Never waits for a writer, never reads more
    than `largest` bytes.
    """
    try:
        real = path.resolve()
    except RuntimeError:
        spoil_recording()
        raise Unsuitable("its symbolic links are circular") from None
    try:
        data = _read(path, real, within, largest)
    except (FileNotFoundError, NotADirectoryError):
        record_exists(str(path), False)
        raise
    except OSError:
        spoil_recording()
        raise
    record_file(str(path), str(real), data)
    return data


def _read(path: Path, real: Path, within: Path | None, largest: int) -> bytes:
    if within is not None and real.exists() and not real.is_relative_to(real_path(within)):
        raise Unsuitable(
            "it is a link to a file outside the project" if path.is_symlink() else "it is outside the project"
        )
    return _read_all(os.open(real, _FLAGS), largest)


@dataclass(frozen=True, slots=True)
class OpenFolder:
    """An open directory. real: where it lies, without symbolic links."""

    descriptor: int
    real: str


def read_in_folder(folder: OpenFolder, name: str, path: str) -> bytes | None:
    """The bytes of the regular file `name` of `folder`; None if the name is a symbolic link.

    path: how the user names the file. Raises what `read_regular` raises. Nothing but a link leads out of a directory,
    so no path is resolved.
    """
    try:
        descriptor = os.open(name, _FLAGS | os.O_NOFOLLOW, dir_fd=folder.descriptor)
        data = _read_all(descriptor, LARGEST)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK):
            return None
        if isinstance(error, FileNotFoundError):
            record_exists(path, False)
        else:
            spoil_recording()
        raise
    record_file(path, f"{folder.real.rstrip('/')}/{name}", data)
    return data


def _read_all(descriptor: int, largest: int) -> bytes:
    """All bytes of an open regular file, which is then closed."""
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unsuitable(next((words for test, words in KINDS if test(status.st_mode)), "it is no regular file"))
        if status.st_size > largest:
            raise Unsuitable(f"it is larger than {largest // 1_000_000} MB")
        # Files in /proc have size 0, and a file may grow.
        parts, size, block = [], 0, max(status.st_size, 4095) + 1
        while size <= largest and (part := os.read(descriptor, block)):
            parts.append(part)
            size += len(part)
    finally:
        os.close(descriptor)
    if size > largest:
        raise Unsuitable(f"it is larger than {largest // 1_000_000} MB")
    return parts[0] if len(parts) == 1 else b"".join(parts)
