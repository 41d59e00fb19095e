"""Writes files completely or not at all. New files never replace existing ones."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused
from rowkeep.files.filesystem.regular import project_root

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}
_NO_TEMPORARY_FILE = {errno.EACCES, errno.EPERM, errno.EROFS}
"""No file can be created in the directory, but an existing file may be writable."""


def write_new(path: str, data: bytes) -> bool:
    """Write `data` to the new file `path` and sync it. Returns False if the file exists.

    Raises Misused if that fails; then nothing of the file is left.
    """
    place = Path(path)
    part = _part(place)
    try:
        _write(part, data)
        os.link(part, place)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno in _NO_LINKS:
            return _without_links(place, data)
        raise _write_error(path, error) from None
    finally:
        with suppress(OSError):
            part.unlink()
    return True


def write_output(path: str, text: str, *, errors: str = "replace") -> None:
    """Write an output file completely, or leave it unchanged. Raises Misused.

    Devices, pipes, and files in a read-only directory are written directly. A link in the checkout that leads out of
    it is not followed. errors: as in `str.encode`.
    """
    link = link_out(path)
    if link is not None:
        raise Misused(
            "refused to write the file",
            code=ErrorCode.PATH_OUTSIDE_PROJECT,
            where=path,
            why=f"{link} is a link in the project that leads out of it, or into its .git",
            instead=("remove the link, or name its target",),
        )
    data = text.encode("utf-8", errors)
    file = Path(path)
    try:
        if file.exists() and not file.is_file():
            file.write_bytes(data)
            return
        try:
            _replace(file, data)
        except OSError as error:
            if error.errno not in _NO_TEMPORARY_FILE or not file.is_file():
                raise
            file.write_bytes(data)
    except OSError as error:
        raise _write_error(path, error) from None


def write_over(path: str, data: bytes) -> None:
    """Replace the existing file `path` in one step; it keeps its mode. Raises Misused.

    A symbolic link is followed: its target is replaced.
    """
    try:
        _replace(Path(path).resolve(strict=True), data)
    except OSError as error:
        raise _write_error(path, error) from None


def _replace(file: Path, data: bytes) -> None:
    """Replace `file`, or the target of a link, in one step. An existing file keeps its mode."""
    file = file.resolve()
    part = _part(file)
    try:
        _write(part, data)
        if file.exists():
            part.chmod(file.stat().st_mode & 0o7777)
        part.replace(file)
    finally:
        with suppress(OSError):
            part.unlink()


def link_out(path: str) -> str | None:
    """The symbolic link in `path` that is inside a project and leads out of it, or into its `.git`."""
    place = Path()
    for part in Path(path).parts:
        place /= part
        if not place.is_symlink():
            continue
        home = place.parent.resolve()
        root = project_root(home)
        if root != Path.cwd() and not (root / ".git").exists():
            continue  # the user's own link
        try:
            target = place.resolve()
        except RuntimeError:
            return str(place)
        git = root / ".git"
        if not target.is_relative_to(root) or (target.is_relative_to(git) and not home.is_relative_to(git)):
            return str(place)
    return None


def make_directory(path: str) -> bool:
    """Create the migrations directory. Returns False if it exists. Raises Misused."""
    if Path(path).is_dir():
        return False
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misused(
            "cannot create the migrations directory",
            code=ErrorCode.FILE_NOT_WRITTEN,
            where=path,
            why=error.strerror,
        ) from None
    return True


def _part(place: Path) -> Path:
    return place.with_name(f".rowkeep-{os.getpid()}.part")


def _write(part: Path, data: bytes) -> None:
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _without_links(place: Path, data: bytes) -> bool:
    """Write without hard links, directly to the new file, and remove it again if that fails."""
    try:
        with place.open("xb") as file:
            try:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                place.unlink(missing_ok=True)
                raise
    except FileExistsError:
        return False
    except OSError as error:
        raise _write_error(str(place), error) from None
    return True


def _write_error(path: str, error: OSError) -> Misused:
    return Misused("cannot write the file", code=ErrorCode.FILE_NOT_WRITTEN, where=path, why=error.strerror)
