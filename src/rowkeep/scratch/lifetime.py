"""Start a server under its watchdog, and hold it: whoever has the FIFO open for writing keeps the server up."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass
from rowkeep.errors import Unreachable
from rowkeep.programs.cache import hold_file_lock
from rowkeep.programs.server_user import ServerUser
from rowkeep.scratch import cluster, watchdog
from rowkeep.scratch.server import PORT

HOLD = "hold"
LOCK = "lock"
DATA = "data"
LOG = "log"
JOIN = watchdog.JOIN


@dataclass(frozen=True, slots=True)
class ServerHold:
    """An open end of the FIFO in `directory`, and the watchdog if it is our own child."""

    directory: Path
    end: int
    child: subprocess.Popen[bytes] | None

    def release(self) -> None:
        """Let go; whoever does so last waits until the server is stopped."""
        os.close(self.end)
        if (self.directory / JOIN).exists():
            self._leave()
        elif self.child is not None:
            self.child.wait()

    def _leave(self) -> None:
        """Wait until the server of a durable directory is stopped, or somebody else turns out to hold it."""
        while True:
            # The watchdog has this lock from when it is sure that nobody joins until it has stopped the server.
            with hold_file_lock(self.directory / JOIN):
                if is_held(self.directory):
                    return
                handle = try_lock(self.directory)
            if handle is not None:
                os.close(handle)
                break
            time.sleep(0.005)
        if self.child is not None:
            self.child.wait()


def is_held(directory: Path) -> bool:
    """Whether anybody has the FIFO open for writing."""
    try:
        reading = os.open(directory / HOLD, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return False
    try:
        return os.read(reading, 1) != b""
    except BlockingIOError:
        return True
    finally:
        os.close(reading)


def try_lock(directory: Path) -> int | None:
    """Take the lock file that says "in use": its descriptor, or None if somebody has it."""
    # Made under another name first: nobody may find it free between its birth and its lock.
    path = directory / LOCK
    new = directory / f".{LOCK}-{os.getpid()}"
    handle = os.open(path if path.exists() else new, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    if new.exists():
        new.rename(path)
    return handle


def launch_server(
    programs: Programs,
    directory: Path,
    socket: Path,
    who: ServerUser,
    options: Mapping[str, str],
    *,
    durable: bool,
    lock: int,
    patience: float,
    cut_off: bool = False,
) -> ServerHold:
    """Start the server on `directory`/data and wait until it accepts connections. `lock` passes into its hands.

    cut_off: it shall reach nothing outside; how far this system allows that, `containment.read` tells afterwards.

    Raises Unreachable with the server's own words, after it is stopped again.
    """
    fifo = directory / HOLD
    if not fifo.exists():
        os.mkfifo(fifo, 0o600)
    reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    writing = os.open(fifo, os.O_WRONLY)
    before = read_postmaster_pid(directory)
    said = _unnamed_file()
    cut = f"cut-off{'-14' if programs.version.major < 15 else ''}" if cut_off else "open"
    settings = {"unix_socket_directories": str(socket), "listen_addresses": "", "port": str(PORT), **options}
    try:
        child = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", watchdog.__file__, str(directory)),
                *("durable" if durable else "throw-away", str(reading), str(lock), str(who.uid), str(who.gid), cut),
                *(programs.path("postgres"), "-D", str(directory / DATA)),
                *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            pass_fds=(reading, lock),
            start_new_session=True,
            cwd="/",
            env=cluster.server_environment(programs),
        )
    except BaseException:
        os.close(writing)
        raise
    finally:
        os.close(reading)
        os.close(lock)
    try:
        _await_ready(directory, child, before, patience, said)
    except BaseException:
        # Not by letting go: for that the watchdog would want the lock under which a durable server is started.
        child.terminate()
        child.wait()
        os.close(writing)
        raise
    finally:
        said.close()
    return ServerHold(directory, writing, child)


def _await_ready(
    directory: Path, child: subprocess.Popen[bytes], before: tuple[str, ...], patience: float, said: IO[bytes]
) -> None:
    """Wait for the server. Raises Unreachable with its own words, its watchdog's, or how it ended.

    said: what the watchdog writes on stderr.
    """
    until = time.monotonic() + patience
    logged = log_size(directory)
    ended = False
    while not ended and time.monotonic() < until:
        ended = child.poll() is not None
        found = read_postmaster_pid(directory)
        if found[:3] != before[:3] and len(found) > 7 and found[7].strip() == "ready":
            return
        time.sleep(0.005)
    raise Unreachable(
        "a local server did not start",
        code=ErrorCode.LOCAL_SERVER_FAILED,
        where=str(directory),
        why=_why(directory, child, logged, said) or f"no answer within {patience:.0f} s",
        instead=("rowkeep doctor",),
    )


def _unnamed_file() -> IO[bytes]:
    """For the watchdog's words. Not a pipe, for nobody reads while it lives; in memory where that is possible."""
    if sys.platform == "linux":
        return os.fdopen(os.memfd_create("rowkeep"), "w+b")
    return tempfile.TemporaryFile()


def _why(directory: Path, child: subprocess.Popen[bytes], logged: int, said: IO[bytes]) -> str:
    """What this start has said: in the server's log, else on the watchdog's stderr, else by the way it ended."""
    if log_size(directory) > logged and (words := log_tail(directory)):
        return words
    said.seek(0)
    # The last line of a traceback says what it is about; the rest is ours.
    lines = said.read().decode(errors="replace").strip().splitlines()
    if lines:
        return lines[-1]
    if child.returncode is None:
        return log_tail(directory)
    if child.returncode < 0:
        return f"the process that starts the server was ended by signal {-child.returncode}"
    return "the server ended at once and said nothing"


def log_size(directory: Path) -> int:
    """Bytes of the server's log; 0 where there is none."""
    try:
        return (directory / LOG).stat().st_size
    except OSError:
        return 0


def read_postmaster_pid(directory: Path) -> tuple[str, ...]:
    """The lines of postmaster.pid (src/include/utils/pidfile.h): pid, directory, start time, port, socket … status."""
    try:
        return tuple((directory / DATA / "postmaster.pid").read_text(errors="replace").splitlines())
    except OSError:
        return ()


def end_orphan(directory: Path, number: int, patience: float, free: Callable[[], bool]) -> bool:
    """End a server without a watchdog by the signal `number`; whether its lock is `free` within `patience` seconds."""
    found = read_postmaster_pid(directory)
    if found:
        with suppress(ProcessLookupError):  # killed as well; its children notice in a moment
            os.kill(int(found[0]), number)
    until = time.monotonic() + patience
    while not free():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def log_tail(directory: Path, lines: int = 6) -> str:
    """The last words of the server's log."""
    try:
        return "\n".join((directory / LOG).read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
