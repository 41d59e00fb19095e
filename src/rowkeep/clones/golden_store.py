"""Where golden copies are kept: in a private directory of the user, never in a checkout. Locks, records, limits.

A golden copy is one directory with a record in it. It gets its name by a rename, after everything in it is on the
disk, so there is no incomplete one. A lock for each says whether somebody makes, clones or removes it; the kernel
releases the lock of a process that dies.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path

from rowkeep.backup import read_manifest
from rowkeep.clones.copy_tree import can_reflink, hash_of_files, size_of_files, sync_directory, sync_file_system
from rowkeep.domain.deploy.backup import Backup
from rowkeep.domain.deploy.golden_copy import CloneRoom, GoldenCopies, GoldenCopy, UnusableCopy
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass, replace
from rowkeep.errors import BackupFailed, Misused
from rowkeep.programs.cache import cache_directory, make_directory
from rowkeep.programs.server_user import choose_server_user

VARIABLE = "ROWKEEP_GOLDEN_DIR"
"""The variable that names the directory; only the real environment may set it."""

RECORD = "record.json"
DATA = "data"
TIMES = "clone.json"
PART, REMOVED = ".part-", ".removed-"
FORMAT = 1
RESERVE = 256_000_000
"""Bytes that stay free beside a clone: for a new cluster, and some of the write-ahead log."""
TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# Golden copies of `rowkeep rehearse`: they contain your data.\n"
"""A tag for backup programs, which then leave the directory out (https://bford.info/cachedir/)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept. copies: how many; bytes: of all together; age_seconds: of their data."""

    copies: int
    bytes: int
    age_seconds: float


@dataclass(frozen=True, slots=True)
class RemovedCopy:
    """A golden copy that was removed. name: its backup's id, or the name of its directory."""

    key: str
    name: str
    bytes: int


def golden_directory() -> Path:
    """The directory of the golden copies, created if missing. Raises Misused if it cannot be used."""
    path = _named_directory()
    who = choose_server_user()
    try:
        if not path.is_absolute():
            raise OSError(0, "it must be an absolute path")
        make_directory(path, who)
        make_directory(path / "run", who)
        copies = path / "copies"
        copies.mkdir(mode=0o700, exist_ok=True)
        status = copies.lstat()
        if copies.is_symlink() or status.st_uid != os.geteuid():
            raise PermissionError(0, "it belongs to another user")
        if status.st_mode & 0o077:
            copies.chmod(0o700)
        tag = path / "CACHEDIR.TAG"
        if not tag.exists():
            tag.write_text(TAG, encoding="ascii")
    except OSError as error:
        raise Misused(
            "the directory for golden copies cannot be used",
            code=ErrorCode.GOLDEN_DIRECTORY_UNUSABLE,
            where=str(path),
            why=error.strerror or str(error),
            instead=(
                f"export {VARIABLE}=DIR   (a directory that only you may write to)",
                "export ROWKEEP_GOLDEN_COPIES=0   (keep none)",
            ),
        ) from None
    return path


def has_golden_directory() -> bool:
    """Whether there was ever a golden copy."""
    return (_named_directory() / "copies").is_dir()


def _named_directory() -> Path:
    named = os.environ.get(VARIABLE, "")
    return Path(named) if named else cache_directory() / "golden"


class GoldenStore:
    """The golden copies in one directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._copies = directory / "copies"

    @property
    def run_directory(self) -> Path:
        """Where servers on clones have their directories: on the same file system, so that blocks can be shared."""
        return self.directory / "run"

    def data(self, golden: GoldenCopy) -> Path:
        """The data directory of a golden copy."""
        return self._copies / golden.key / DATA

    def list_copies(self) -> GoldenCopies:
        """Every golden copy, the newest data first, and what is none. Reads records only."""
        copies: list[GoldenCopy] = []
        unusable: list[UnusableCopy] = []
        for path in sorted(self._copies.iterdir()):
            if path.name.endswith(".lock") or not path.is_dir():
                continue
            if path.name.startswith((PART, REMOVED)):
                unusable.append(UnusableCopy(str(path), "unfinished", _size(path)))
                continue
            golden = _read_record(path)
            fault = "its record cannot be read" if golden is None else _find_fault(golden)
            if golden is None or fault is not None:
                unusable.append(UnusableCopy(str(path), fault or "", _size(path)))
            else:
                copies.append(golden)
        copies.sort(key=lambda golden: (golden.taken_at, golden.made_at), reverse=True)
        return GoldenCopies(str(self.directory), tuple(copies), tuple(unusable))

    def can_reflink(self) -> bool:
        """Whether the file system shares blocks. Tried each time."""
        with suppress(OSError):
            return can_reflink(self.run_directory)
        return False

    def room(self, golden: GoldenCopy | None = None) -> CloneRoom:
        """The room that a clone needs, and what is free."""
        reflink = self.can_reflink()
        needed = RESERVE + (0 if reflink or golden is None else golden.bytes)
        return CloneRoom(needed, shutil.disk_usage(self.directory).free, reflink)

    def find(self, system_identifier: str | None, database: str) -> GoldenCopy | None:
        """The newest golden copy of this database; None without one, or if the server cannot be identified."""
        if system_identifier is None:
            return None
        for golden in self.list_copies().copies:
            if (golden.system_identifier, golden.source) == (system_identifier, database):
                return golden
        return None

    @contextmanager
    def hold(self, key: str, *, exclusive: bool, wait: bool) -> Iterator[bool]:
        """Hold the lock of a golden copy: shared to clone it, exclusive to make or remove it. False: it is taken."""
        path = self._copies / f".{key}.lock"
        how = (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | (0 if wait else fcntl.LOCK_NB)
        while True:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(handle, how)
            except BlockingIOError:
                os.close(handle)
                yield False
                return
            except BaseException:
                os.close(handle)
                raise
            if _is_file_of(handle, path):
                break
            os.close(handle)  # whoever removed the golden copy has removed its lock file, too
        try:
            yield True
        finally:
            os.close(handle)

    @contextmanager
    def begin(self, key: str) -> Iterator[Path]:
        """A directory for a new golden copy. It is removed at the end unless `finish` has renamed it."""
        part = self._copies / f"{PART}{key}"
        shutil.rmtree(part, ignore_errors=True)  # under the lock: its maker was killed
        part.mkdir(mode=0o700)
        try:
            yield part
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def finish(self, part: Path, golden: GoldenCopy) -> None:
        """Give a complete golden copy its name. Raises OSError."""
        record = part / RECORD
        text = json.dumps({"format": FORMAT, **asdict(golden)}, indent=2)
        handle = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
            file.write(text)
        sync_file_system(part)
        part.rename(self._copies / golden.key)
        sync_directory(self._copies)

    def check(self, golden: GoldenCopy) -> str | None:
        """What is wrong with the files of a golden copy; None if they are as they were when it was made."""
        data = self.data(golden)
        try:
            status = data.lstat()
            if status.st_uid != choose_server_user().uid or status.st_mode & 0o077:
                return "its files belong to another user, or others may read them"
            if read_control_state(data) != SHUT_DOWN:
                return "its server was not shut down cleanly"
            if hash_of_files(data) != golden.files:
                return "its files were changed or removed"
        except OSError as error:
            return f"its files cannot be read: {error.strerror or error}"
        return None

    def note_clone_time(self, golden: GoldenCopy, seconds: float) -> None:
        """Remember how long the last clone took, for whoever wants to know before the next one."""
        with suppress(OSError):
            (self._copies / golden.key / TIMES).write_text(json.dumps(round(seconds, 3)), encoding="ascii")

    def drop(self, key: str) -> bool:
        """Remove a golden copy, or what is left of one. False where somebody makes or clones it now."""
        plain = key.removeprefix(PART).removeprefix(REMOVED)
        with self.hold(plain, exclusive=True, wait=False) as acquired:
            if not acquired:
                return False
            path = self._copies / key
            removed = self._copies / f"{REMOVED}{plain}"
            if not key.startswith((PART, REMOVED)):
                shutil.rmtree(removed, ignore_errors=True)
                with suppress(FileNotFoundError):
                    path.rename(removed)
                path = removed
            shutil.rmtree(path, ignore_errors=True)
            with suppress(FileNotFoundError):
                (self._copies / f".{plain}.lock").unlink()
        return not path.exists()

    def prune(self, limits: Limits) -> tuple[RemovedCopy, ...]:
        """Remove what cannot be used, is too old, or exceeds the limits. Only the newest of a database is kept."""
        content = self.list_copies()
        doomed = [RemovedCopy(Path(each.path).name, Path(each.path).name, each.bytes) for each in content.unusable]
        databases: set[tuple[str | None, str]] = set()
        total = 0
        for golden in content.copies:
            database = golden.system_identifier, golden.source
            exceeds = len(databases) >= limits.copies or total + golden.bytes > limits.bytes
            if database in databases or exceeds or age_of(golden) > limits.age_seconds:
                doomed.append(RemovedCopy(golden.key, golden.backup_id, golden.bytes))
            else:
                databases.add(database)
                total += golden.bytes
        removed = tuple(copy for copy in doomed if self.drop(copy.key))
        for lock in self._copies.glob(".*.lock"):
            key = lock.name[1:].removesuffix(".lock")
            if not (self._copies / key).exists():
                self.drop(key)  # of a run that was killed before it had a copy
        return removed


def age_of(golden: GoldenCopy, now: float | None = None) -> float:
    """Seconds since the data was read in production."""
    taken = datetime.fromisoformat(golden.taken_at).timestamp()
    return max(0.0, (time.time() if now is None else now) - taken)


SHUT_DOWN = 1
"""DB_SHUTDOWNED of src/include/catalog/pg_control.h."""


def read_control_state(data: Path) -> int:
    """The state of a cluster in its control file: after system identifier, version and catalog version (16 bytes)."""
    with (data / "global" / "pg_control").open("rb") as file:
        return int.from_bytes(file.read(20)[16:], sys.byteorder)


def read_backup(golden: GoldenCopy) -> Backup | None:
    """The backup that the golden copy was made of; None if it is not there any more, or is another one."""
    try:
        backup = read_manifest(f"{golden.backup_path}.json")
    except BackupFailed:
        return None
    return backup if backup.sha256 == golden.backup_sha256 else None


def _find_fault(golden: GoldenCopy) -> str | None:
    return None if read_backup(golden) is not None else "its backup was removed or replaced"


def _read_record(path: Path) -> GoldenCopy | None:
    try:
        values = json.loads((path / RECORD).read_text(encoding="utf-8"))
        if values.pop("format") != FORMAT or values["key"] != path.name:
            return None
        known = {field.name for field in fields(GoldenCopy)}
        golden = GoldenCopy(**{name: value for name, value in values.items() if name in known})
        age_of(golden)
        golden = replace(golden, directory=str(path), bytes=int(golden.bytes))
        with suppress(OSError, ValueError):
            golden = replace(golden, clone_seconds=float(json.loads((path / TIMES).read_text(encoding="ascii"))))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return golden


def _size(path: Path) -> int:
    try:
        return size_of_files(path)
    except OSError:
        return 0


def _is_file_of(handle: int, path: Path) -> bool:
    try:
        mine, there = os.fstat(handle), path.stat()
    except FileNotFoundError:
        return False
    return (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)
