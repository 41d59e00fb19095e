"""Writes a file whole or not at all: a new one never over another, an old one in one step."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused
from rowkeep.files.filesystem.regular import project_root

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}
_NO_ROOM_BESIDE = {errno.EACCES, errno.EPERM, errno.EROFS}
"""Why no file can be made beside another, though that one may be written."""


def write_new(path: str, data: bytes) -> bool:
    """Write `data` to the new file `path`, down to the disk; False where it exists.

    Raises Misused where the disk refuses; then nothing of the file is there.
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
        raise _refuse(path, error) from None
    finally:
        with suppress(OSError):
            part.unlink()
    return True


def write_over(path: str, data: bytes) -> None:
    """Put `data` in the place of the file `path`, in one step and with its mode. Raises Misused.

    A symbolic link is followed: the file it names is the one that changes.
    """
    place = Path(path).resolve()
    part = _part(place)
    try:
        _write(part, data)
        part.chmod(place.stat().st_mode & 0o7777)
        part.replace(place)
    except OSError as error:
        raise _refuse(path, error) from None
    finally:
        with suppress(OSError):
            part.unlink()


def write_output(path: str, text: str, *, errors: str = "replace") -> None:
    """Write what a person asked to have in the file `path`: whole, or the file is as it was. Raises Misused.

    A device, a pipe and a file in a directory that cannot be written to are written directly. A link of the checkout
    that leads out of it is not followed. errors: what becomes of characters that UTF-8 does not have, as of
    `str.encode`.
    """
    link = link_out(path)
    if link is not None:
        raise Misused(
            "the file is not written",
            code=ErrorCode.PATH_OUTSIDE_PROJECT,
            where=path,
            why=f"{link} is a link of the project that leads out of it, or into its .git: it may be anybody's file",
            instead=("remove the link, or name the file that it leads to",),
        )
    data = text.encode("utf-8", errors)
    place = Path(path)
    part = _part(place)
    try:
        if place.exists() and not place.is_file():
            place.write_bytes(data)
            return
        place = place.resolve()
        part = _part(place)
        try:
            _write(part, data)
        except OSError as error:
            if error.errno not in _NO_ROOM_BESIDE or not place.is_file():
                raise
            place.write_bytes(data)
            return
        if place.exists():
            part.chmod(place.stat().st_mode & 0o7777)
        part.replace(place)
    except OSError as error:
        raise _refuse(path, error) from None
    finally:
        with suppress(OSError):
            part.unlink()


def link_out(path: str) -> str | None:
    """The symbolic link on the way to `path` that lies in a project and leads out of it, or into its `.git`."""
    place = Path()
    for part in Path(path).parts:
        place /= part
        if not place.is_symlink():
            continue
        home = place.parent.resolve()
        root = project_root(home)
        if root != Path.cwd() and not (root / ".git").exists():
            continue  # a link of the user's own
        try:
            target = place.resolve()
        except RuntimeError:
            return str(place)
        git = root / ".git"
        if not target.is_relative_to(root) or (target.is_relative_to(git) and not home.is_relative_to(git)):
            return str(place)
    return None


def make_directory(path: str) -> bool:
    """Make the directory of the migrations; False where it exists. Raises Misused."""
    if Path(path).is_dir():
        return False
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misused(
            "the migrations directory cannot be created",
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
    """A disk without hard links: the place itself is written, and cleared again if that fails."""
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
        raise _refuse(str(place), error) from None
    return True


def _refuse(path: str, error: OSError) -> Misused:
    return Misused("the file cannot be written", code=ErrorCode.FILE_NOT_WRITTEN, where=path, why=error.strerror)
