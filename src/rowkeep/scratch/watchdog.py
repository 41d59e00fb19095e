"""The parent process of our servers. It stops the server when nobody holds it any more, however the holders ended.

Runs as a separate program in its own session (so that Ctrl-C does not reach it):

    python -I -S watchdog.py DIRECTORY KIND HOLD LOCK UID GID CUT COMMAND …

HOLD is the reading end of the FIFO that every client holds open for writing. The kernel closes the files of a dead
process, so end of file arrives after a clean exit, a crash and `kill -9` alike. LOCK is the open lock file, which the
server inherits. KIND is `throw-away` (stop at once, remove the directory) or `durable` (stop cleanly). CUT is
`open`, or `cut-off` (isolated by `confine_process.py`), or `cut-off-14` for that major.
"""

# Every import delays the start of a server: no pathlib, no contextlib, and shutil only at the end.
# ruff: noqa: PTH110, PTH118, SIM105
import fcntl
import os
import signal
import sys
import time

JOIN = "join"
"""Held while a client joins, and while the watchdog stops the server."""


class ServerEnded(Exception):
    """The server has ended, or we were told to stop it."""


def main() -> None:
    """Start the server, wait, stop it, clean up."""
    directory, kind, hold, _lock, uid, gid, cut, *command = sys.argv[1:]
    durable = kind == "durable"
    os.set_inheritable(int(hold), False)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, _over)
    signal.signal(signal.SIGTERM, _over)
    server = _begin(directory, int(uid), int(gid), cut, command)
    try:
        _wait(int(hold), os.path.join(directory, JOIN) if durable else None)
    except ServerEnded:
        pass
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # A durable server writes a checkpoint; a throw-away one need not.
    if durable:
        _stop(server, ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)))
    else:
        _stop(server, ((signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)))
        if not _is_held(int(hold)):
            _remove(directory)  # otherwise the client first reads the log


def _over(number: int, frame: object) -> None:
    raise ServerEnded


def _begin(directory: str, uid: int, gid: int, cut: str, command: list[str]) -> int:
    """Fork the server. Its output goes to the file `log`."""
    server = os.fork()
    if server:
        return server
    try:
        log = os.open(os.path.join(directory, "log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        if cut != "open":
            _confine(directory, uid, gid, command, collector=cut == "cut-off-14")
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
        os.execv(command[0], command)
    except OSError as error:
        os.write(2, f"{error.filename or command[0]}: {error.strerror}\n".encode())
    os._exit(127)


def _confine(directory: str, uid: int, gid: int, command: list[str], *, collector: bool) -> None:
    """Become the server, isolated. Returns if this system cannot isolate it."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    import confine_process  # type: ignore[import-not-found]  # beside this file; this program is not part of the package

    confine_process.confine(directory, uid, gid, command, collector=collector)


def _wait(hold: int, join: str | None) -> None:
    """Return when the last holder is gone. Raises ServerEnded."""
    while True:
        os.set_blocking(hold, True)
        while os.read(hold, 64):
            pass
        if join is None:
            return
        # A client may be joining. Under the lock it cannot, so the answer stays valid while we stop the server.
        context = os.open(join, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(context, fcntl.LOCK_EX)
        if not _is_held(hold):
            return
        os.close(context)


def _is_held(hold: int) -> bool:
    """Whether anybody has the FIFO open for writing."""
    os.set_blocking(hold, False)
    try:
        return os.read(hold, 64) != b""
    except BlockingIOError:
        return True


def _stop(server: int, ways: tuple[tuple[int, float], ...]) -> None:
    for number, patience in ways:
        try:
            os.kill(server, number)
        except ProcessLookupError:
            pass
        until = time.monotonic() + patience
        while time.monotonic() < until:
            try:
                if os.waitpid(server, os.WNOHANG)[0]:
                    return
            except ChildProcessError:
                return
            time.sleep(0.005)


def _remove(directory: str) -> None:
    import shutil

    for _ in range(50):
        shutil.rmtree(directory, ignore_errors=True)
        if not os.path.exists(directory):
            return
        time.sleep(0.1)  # a process of the killed server is still writing


if __name__ == "__main__":
    main()
