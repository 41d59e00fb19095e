"""Where fetched programs and initdb's templates are kept: the user's cache; as root, one that servers can reach."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import ProgramMissing
from rowkeep.programs.server_user import ServerUser, choose_server_user


def cache_directory() -> Path:
    """The cache, made if need be: `$XDG_CACHE_HOME/rowkeep`, `~/.cache/rowkeep`; as root, one that servers can reach.

    The first that can be written is taken. As root a home that others cannot enter is of no use to the unprivileged
    user who runs the server, so `/var/cache/rowkeep` follows. The last resort is a directory of our own below the
    system's temporary one. Raises ProgramMissing when none can be written.
    """
    who = choose_server_user()
    reasons = []
    for path in cache_candidates():
        try:
            _make(path, who)
        except OSError as error:
            reasons.append(f"{path}: {error.strerror or error}")
            continue
        return path
    raise ProgramMissing(
        "no directory to keep the PostgreSQL programs in",
        code=ErrorCode.PROGRAM_CACHE_NOT_WRITABLE,
        why=reasons,
        instead=("set XDG_CACHE_HOME to a directory that you can write",),
    )


def readable() -> tuple[Path, ...]:
    """Every cache whose programs may be run: the one that is written to, and better ones that only can be read.

    Such is a read-only home. What somebody else owns, or could have changed, is none: its programs would run with our
    rights.
    """
    who = choose_server_user()
    among = cache_candidates()
    with suppress(ProgramMissing):
        among = among[: among.index(cache_directory()) + 1]
    return tuple(path for path in among if _is_trusted(path) and os.access(path, os.X_OK) and who.reaches(path))


def _is_trusted(path: Path) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    owned = found.st_uid in (os.geteuid(), 0)
    return stat.S_ISDIR(found.st_mode) and owned and not stat.S_IMODE(found.st_mode) & 0o022


def cache_candidates() -> tuple[Path, ...]:
    """The directories that may become the cache, best first."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification: a relative path is to be ignored.
    user = Path(named) if named.startswith("/") else Path("~/.cache").expanduser()
    shared = (Path("/var/cache/rowkeep"),) if os.geteuid() == 0 else ()
    return (user / "rowkeep", *shared, Path(tempfile.gettempdir()) / f"rowkeep-cache-{os.geteuid()}")


@contextmanager
def hold_file_lock(path: Path) -> Iterator[None]:
    """Hold the lock file `path` for a while; a second process waits. The kernel lets go of it when we die."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _make(path: Path, who: ServerUser) -> None:
    """Make `path` ready for use, or raise OSError."""
    mode = 0o755 if who.foreign else 0o700
    path.mkdir(mode=mode, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise PermissionError(0, "it belongs to somebody else")
    if stat.S_IMODE(found.st_mode) & 0o022 or stat.S_IMODE(found.st_mode) & mode != mode:
        path.chmod(mode)
    if not os.access(path, os.W_OK | os.X_OK):
        raise PermissionError(0, "it cannot be written")
    if not who.reaches(path):
        raise PermissionError(0, f"the user {who.name}, who runs the server, cannot enter it")
