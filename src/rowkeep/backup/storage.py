"""Stores backups: names, files that only their owner can read, and an atomic rename at the end."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import BackupFailed
from rowkeep.programs.uninterruptible import defer_signals

PARTIAL = ".partial"
SIDECARS = (".json", ".structure.json", ".roles.sql")
IGNORE = "# Backups contain your data: never commit them.\n*\n"


def prepare_directory(directory: str) -> Path:
    """The directory, created if missing (0700, ignored by git). Raises BackupFailed if it cannot be used."""
    folder = Path(directory)
    try:
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True)
            _write(folder / ".gitignore", IGNORE)
    except OSError as error:
        raise BackupFailed(
            "cannot create the backups directory",
            code=ErrorCode.BACKUP_NOT_WRITTEN,
            where=str(folder),
            why=error.strerror,
            instead=("set backups_dir (or ROWKEEP_BACKUPS_DIR) to a directory that you may write to",),
        ) from None
    return folder


def backup_id(database: str, now: str) -> str:
    """The id of a backup: the database name, with characters that every file system allows, and the time in UTC."""
    safe_name = re.sub(r"[^A-Za-z0-9_.-]+", "_", database).strip("._") or "database"
    return f"{safe_name[:60]}-{now.replace('-', '').replace(':', '')}"


class PartialDump:
    """A dump that is being written: `<id>.dump.partial`, readable by its owner only, locked until we finish."""

    def __init__(self, folder: Path, id: str) -> None:
        self.id = id
        self.final = folder / f"{id}.dump"
        self.path = folder / f"{id}.dump{PARTIAL}"

    def beside(self, ending: str, text: str) -> str:
        """Write a file that belongs to the dump and sync it to disk. Returns its SHA-256."""
        _write(Path(f"{self.final}{ending}"), text)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def finish(self) -> None:
        """Rename the completed dump to its final name. From here on it is a backup."""
        with self.path.open("rb") as dump:
            os.fsync(dump.fileno())
        self.path.rename(self.final)
        _sync_directory(self.final.parent)

    def remove(self) -> None:
        """Remove all files of the dump."""
        for path in (self.path, *(Path(f"{self.final}{ending}") for ending in SIDECARS)):
            path.unlink(missing_ok=True)


@contextmanager
def start_partial(folder: Path, wanted: str) -> Iterator[PartialDump]:
    """A new partial dump with a free id. It is removed again unless it was finished."""
    started: tuple[PartialDump, int] | None = None
    try:
        with defer_signals():
            started = _begin(folder, wanted)
        yield started[0]
    except BaseException:
        if started is not None:
            started[0].remove()
        raise
    finally:
        if started is not None:
            os.close(started[1])


def _begin(folder: Path, wanted: str) -> tuple[PartialDump, int]:
    for number in range(1, 1000):
        started = PartialDump(folder, wanted if number == 1 else f"{wanted}-{number}")
        if started.final.exists():
            continue
        try:
            descriptor = os.open(started.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        except OSError as error:
            raise BackupFailed(
                "cannot write the backup",
                code=ErrorCode.BACKUP_NOT_WRITTEN,
                where=str(started.path),
                why=error.strerror,
                instead=("rowkeep doctor",),
            ) from None
        # The lock distinguishes a dump that is being written from one whose writer was killed.
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return started, descriptor
    raise BackupFailed(
        "could not find a free name for the backup",
        code=ErrorCode.BACKUP_NOT_WRITTEN,
        where=str(folder),
        instead=("rowkeep backup list",),
    )


def is_being_written(path: Path) -> bool:
    """Whether a process holds the lock on this partial dump."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def replace_file(path: Path, text: str) -> None:
    """Replace a small file atomically."""
    partial = path.with_name(f"{path.name}{PARTIAL}")
    partial.unlink(missing_ok=True)
    _write(partial, text)
    partial.rename(path)
    _sync_directory(path.parent)


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8", errors="surrogatepass", newline="") as file:  # noqa: PTH123  # a descriptor
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
