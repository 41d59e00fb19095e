"""Where backups are kept: names, files that only their owner can read, and a rename when all is on disk."""

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
IGNORE = "# Backups hold your data: git must never see them.\n*\n"


def prepare_directory(directory: str) -> Path:
    """The directory, made if it is absent (0700, ignored by git). Raises BackupFailed when it cannot be used."""
    place = Path(directory)
    try:
        if not place.is_dir():
            place.mkdir(mode=0o700, parents=True)
            _write(place / ".gitignore", IGNORE)
    except OSError as error:
        raise BackupFailed(
            "cannot create the backups directory",
            code=ErrorCode.BACKUP_NOT_WRITTEN,
            where=str(place),
            why=error.strerror,
            instead=("set backups_dir (or ROWKEEP_BACKUPS_DIR) to a directory that you may write to",),
        ) from None
    return place


def backup_id(database: str, now: str) -> str:
    """The id of a backup: the database's name, as far as every file system can spell it, and the time in UTC."""
    spelt = re.sub(r"[^A-Za-z0-9_.-]+", "_", database).strip("._") or "database"
    return f"{spelt[:60]}-{now.replace('-', '').replace(':', '')}"


class PartialDump:
    """A dump that is being written: `<id>.dump.partial`, readable by its owner only, locked while we live."""

    def __init__(self, place: Path, id: str) -> None:
        self.id = id
        self.final = place / f"{id}.dump"
        self.path = place / f"{id}.dump{PARTIAL}"

    def beside(self, ending: str, text: str) -> str:
        """Write a file that belongs to the dump, whole and on disk; its SHA-256."""
        _write(Path(f"{self.final}{ending}"), text)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def finish(self) -> None:
        """All is written: give the dump its name. From here on it is a backup."""
        with self.path.open("rb") as dump:
            os.fsync(dump.fileno())
        self.path.rename(self.final)
        _sync_directory(self.final.parent)

    def remove(self) -> None:
        """Leave nothing of it."""
        for path in (self.path, *(Path(f"{self.final}{ending}") for ending in SIDECARS)):
            path.unlink(missing_ok=True)


@contextmanager
def start_partial(place: Path, wanted: str) -> Iterator[PartialDump]:
    """A new partial dump under a free id; removed again unless it was finished."""
    begun: tuple[PartialDump, int] | None = None
    try:
        with defer_signals():
            begun = _begin(place, wanted)
        yield begun[0]
    except BaseException:
        if begun is not None:
            begun[0].remove()
        raise
    finally:
        if begun is not None:
            os.close(begun[1])


def _begin(place: Path, wanted: str) -> tuple[PartialDump, int]:
    for number in range(1, 1000):
        begun = PartialDump(place, wanted if number == 1 else f"{wanted}-{number}")
        if begun.final.exists():
            continue
        try:
            descriptor = os.open(begun.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        except OSError as error:
            raise BackupFailed(
                "the backup cannot be written",
                code=ErrorCode.BACKUP_NOT_WRITTEN,
                where=str(begun.path),
                why=error.strerror,
                instead=("rowkeep doctor",),
            ) from None
        # Whoever lists the directory can tell a dump that is being written from one whose writer was killed.
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return begun, descriptor
    raise BackupFailed(
        "could not find a free name for the backup",
        code=ErrorCode.BACKUP_NOT_WRITTEN,
        where=str(place),
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
    """Write a small file anew: at every moment either the old or the new text is there."""
    fresh = path.with_name(f"{path.name}{PARTIAL}")
    fresh.unlink(missing_ok=True)
    _write(fresh, text)
    fresh.rename(path)
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
