"""The user who runs PostgreSQL: the current user, or an existing unprivileged user if we are root.

PostgreSQL refuses to run as root. Rowkeep never creates a system user; it uses an existing one.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass
from rowkeep.errors import ProgramMissing

CANDIDATES = ("postgres", "nobody", "daemon")
"""Unprivileged users of most systems, the best first; $SUDO_USER comes after `postgres`."""


@dataclass(frozen=True, slots=True)
class ServerUser:
    """A system user. foreign: it is not the current user, so files and processes must be given to it."""

    name: str
    uid: int
    gid: int
    foreign: bool

    def reaches(self, path: Path) -> bool:
        """Whether this user can read `path`, and enter it if it is a directory."""
        if not self.foreign:
            return os.access(path, os.R_OK)
        return _may_read(self.uid, self.gid, str(path), _permissions(path))

    def own(self, path: Path) -> Path:
        """Make this user the owner of `path`, and return `path`."""
        if self.foreign:
            os.chown(path, self.uid, self.gid)
        return path


def choose_server_user() -> ServerUser:
    """The user who runs servers; for root, the first existing candidate. Raises ProgramMissing if there is none."""
    if os.geteuid() != 0:
        uid = os.geteuid()
        try:
            return ServerUser(pwd.getpwuid(uid).pw_name, uid, os.getegid(), foreign=False)
        except KeyError:  # arbitrary uids of containers have no name; initdb gets -U, so it needs none
            return ServerUser(str(uid), uid, os.getegid(), foreign=False)
    first, *rest = CANDIDATES
    for name in _find_user((first, os.environ.get("SUDO_USER"), *rest)):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0 and _can_switch_to(entry.pw_uid, entry.pw_gid):
            return ServerUser(name, entry.pw_uid, entry.pw_gid, foreign=True)
    raise ProgramMissing(
        "no unprivileged user to run PostgreSQL as",
        code=ErrorCode.SERVER_USER_MISSING,
        why="PostgreSQL refuses to run as root, and Rowkeep never creates system users; "
        f"none of {', '.join(CANDIDATES)} exists and can be switched to",
        instead=("run rowkeep as an ordinary user", "useradd --system --no-create-home postgres"),
    )


@cache
def _may_read(uid: int, gid: int, path: str, permissions: object) -> bool:
    """Whether this user can read `path`, as a process of that user finds out. Asked once while `permissions` stay."""
    script = 'test -r "$1" && { test ! -d "$1" || test -x "$1"; }'
    result = subprocess.run(
        ["/bin/sh", "-c", script, "sh", path],
        user=uid,
        group=gid,
        extra_groups=[],
        cwd="/",
        check=False,
        capture_output=True,
    )
    return result.returncode == 0


def _permissions(path: Path) -> tuple[tuple[int, ...], ...]:
    """Owner and mode of `path` and of every directory above it; () for what does not exist."""
    return tuple(_permission(place) for place in (path, *path.parents))


def _permission(place: Path) -> tuple[int, ...]:
    try:
        status = place.stat()
    except OSError:
        return ()
    return (status.st_dev, status.st_ino, status.st_uid, status.st_gid, status.st_mode)


@cache
def _can_switch_to(uid: int, gid: int) -> bool:
    """Whether we may become this user: in a container without other users, root may not."""
    try:
        subprocess.run(["/bin/sh", "-c", ":"], user=uid, group=gid, extra_groups=[], cwd="/", check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _find_user(names: Iterable[str | None]) -> Iterable[str]:
    return (name for name in names if name)
