"""The cache for downloaded programs and initdb templates. For root, a directory that the server user can reach."""

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
    """The cache directory, created if missing: `$XDG_CACHE_HOME/rowkeep` or `~/.cache/rowkeep`.

    The first writable candidate is used. For root, the server user may not be able to enter root's home, so
    `/var/cache/rowkeep` comes next. The last candidate is a directory below the system's temporary directory. Raises
    ProgramMissing if none is writable.
    """
    who = choose_server_user()
    reasons = []
    for path in cache_candidates():
        try:
            make_directory(path, who)
        except OSError as error:
            reasons.append(f"{path}: {error.strerror or error}")
            continue
        return path
    raise ProgramMissing(
        "no writable directory for the PostgreSQL programs",
        code=ErrorCode.PROGRAM_CACHE_NOT_WRITABLE,
        why=reasons,
        instead=("set XDG_CACHE_HOME to a writable directory",),
    )


def readable_caches() -> tuple[Path, ...]:
    """Every cache whose programs may be run: the writable one, and read-only ones before it.

    A directory that others own or can change is not trusted, because its programs would run with our rights.
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
    """Candidates for the cache directory, the best first."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    # XDG specification: relative paths are ignored.
    user = Path(named) if named.startswith("/") else Path("~/.cache").expanduser()
    shared = (Path("/var/cache/rowkeep"),) if os.geteuid() == 0 else ()
    return (user / "rowkeep", *shared, Path(tempfile.gettempdir()) / f"rowkeep-cache-{os.geteuid()}")


@contextmanager
def hold_file_lock(path: Path) -> Iterator[None]:
    """Hold the lock file `path`; other processes wait. The kernel releases it if we die."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def make_directory(path: Path, who: ServerUser) -> None:
    """Create `path`, which only we can write to and the server user can enter, or raise OSError."""
    mode = 0o755 if who.foreign else 0o700
    path.mkdir(mode=mode, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise PermissionError(0, "it belongs to another user")
    if stat.S_IMODE(found.st_mode) & 0o022 or stat.S_IMODE(found.st_mode) & mode != mode:
        path.chmod(mode)
    if not os.access(path, os.W_OK | os.X_OK):
        raise PermissionError(0, "it is not writable")
    if not who.reaches(path):
        raise PermissionError(0, f"the user {who.name}, who runs the server, cannot enter it")
