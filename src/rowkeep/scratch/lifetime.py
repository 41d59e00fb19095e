"""Starts a server with its watchdog, and keeps it running: as long as somebody has the FIFO open for writing."""

from __future__ import annotations

import fcntl
import os
import signal
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
from rowkeep.programs.background import NEVER, Cancellation
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
    """The open end of the FIFO in `directory`, and the watchdog if it is our child."""

    directory: Path
    end: int
    child: subprocess.Popen[bytes] | None

    def release(self) -> None:
        """Release the server. The last holder waits until it has stopped."""
        os.close(self.end)
        if (self.directory / JOIN).exists():
            self._leave()
        elif self.child is not None:
            self.child.wait()

    def stop_cleanly(self, patience: float) -> None:
        """Stop a throw-away server with a checkpoint, and keep its directory. Raises Unreachable if it runs on."""
        running = read_postmaster_pid(self.directory)
        if running:
            with suppress(ProcessLookupError):
                os.kill(int(running[0]), signal.SIGINT)
        try:
            if self.child is not None:
                # Before the FIFO is closed: then the watchdog would remove the directory.
                self.child.wait(patience)
        except subprocess.TimeoutExpired:
            raise Unreachable(
                "a local server did not stop",
                code=ErrorCode.LOCAL_SERVER_FAILED,
                where=str(self.directory),
                why=log_tail(self.directory) or f"it still runs after {patience:.0f} s",
            ) from None
        os.close(self.end)

    def _leave(self) -> None:
        """Wait until the durable server has stopped, or somebody else holds it."""
        while True:
            # The watchdog holds this lock while it stops the server, so that nobody joins.
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
    """Acquire the lock file of the server. Returns its descriptor, or None if somebody else has it."""
    # Created with another name first, so that nobody can acquire it before us.
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
    cancellation: Cancellation = NEVER,
) -> ServerHold:
    """Start the server on `directory`/data and wait until it accepts connections. The server takes over `lock`.

    cut_off: isolate it; `read_containment` tells afterwards what this system could block.

    Raises Unreachable with the messages of the server, after stopping it.
    """
    fifo = directory / HOLD
    if not fifo.exists():
        os.mkfifo(fifo, 0o600)
    reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    writing = os.open(fifo, os.O_WRONLY)
    before = read_postmaster_pid(directory)
    output = _unnamed_file()
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
            stderr=output,
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
        _await_ready(directory, child, before, patience, output, cancellation)
    except BaseException:
        # Not by closing the FIFO: the watchdog would wait for the lock that is held while a durable server starts.
        child.terminate()
        child.wait()
        os.close(writing)
        raise
    finally:
        output.close()
    return ServerHold(directory, writing, child)


def _await_ready(
    directory: Path,
    child: subprocess.Popen[bytes],
    before: tuple[str, ...],
    patience: float,
    output: IO[bytes],
    cancellation: Cancellation,
) -> None:
    """Wait for the server. Raises Unreachable with its messages, those of the watchdog, or how it ended.

    output: stderr of the watchdog.
    """
    until = time.monotonic() + patience
    logged = log_size(directory)
    ended = False
    while not ended and time.monotonic() < until:
        cancellation.check()
        ended = child.poll() is not None
        found = read_postmaster_pid(directory)
        if found[:3] != before[:3] and len(found) > 7 and found[7].strip() == "ready":
            return
        time.sleep(0.005)
    raise Unreachable(
        "a local server did not start",
        code=ErrorCode.LOCAL_SERVER_FAILED,
        where=str(directory),
        why=_why(directory, child, logged, output) or f"no answer within {patience:.0f} s",
        instead=("rowkeep doctor",),
    )


def _unnamed_file() -> IO[bytes]:
    """A file for stderr of the watchdog. Not a pipe, because nobody reads it meanwhile; in memory if possible."""
    if sys.platform == "linux":
        return os.fdopen(os.memfd_create("rowkeep"), "w+b")
    return tempfile.TemporaryFile()


def _why(directory: Path, child: subprocess.Popen[bytes], logged: int, output: IO[bytes]) -> str:
    """Why the start failed: from the server log, else from stderr of the watchdog, else from how it ended."""
    if log_size(directory) > logged and (words := log_tail(directory)):
        return words
    output.seek(0)
    # The last line of a traceback is the message.
    lines = output.read().decode(errors="replace").strip().splitlines()
    if lines:
        return lines[-1]
    if child.returncode is None:
        return log_tail(directory)
    if child.returncode < 0:
        return f"the process that starts the server was ended by signal {-child.returncode}"
    return "the server ended at once without a message"


def log_size(directory: Path) -> int:
    """Size of the server log; 0 without a log."""
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
    """End a server without a watchdog with signal `number`. Returns whether its lock became `free` in time."""
    found = read_postmaster_pid(directory)
    if found:
        with suppress(ProcessLookupError):  # killed, too; its children will notice
            os.kill(int(found[0]), number)
    until = time.monotonic() + patience
    while not free():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def log_tail(directory: Path, lines: int = 6) -> str:
    """The last lines of the server log."""
    try:
        return "\n".join((directory / LOG).read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
