"""Run the command `rowkeep` in a process of its own that need not import anything.

The tests run the command more than a thousand times, and each start imports hundreds of modules. One process imports
them once and forks itself for each command. The command has what every process has: its own pid, environment,
directory, files, signals and exit code. What only a real start shows (imports, PYTHON* variables, the locale) is the
subject of tests/cli/test_startup.py and test_every_command.py, which start it as a user does.

This module is also the program of the process that forks: `python -m tests.support.forked_command DESCRIPTOR`.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tests.patience import PATIENCE_S

NUMBER = struct.Struct("!i")
"""How numbers are sent: the length of a request, the pid of its command, and at last the exit code."""

READ_AT_START = ("PYTHON", "LC_", "LANG")
"""The interpreter reads these variables when it starts (the beginnings of their names)."""

ENVIRONMENT = dict(os.environ)
"""Of this process, before any test has changed it."""

NOT_IMPORTED = ("rowkeep.__main__", "rowkeep.pytest_plugin")

_lock = threading.Lock()
_forker: socket.socket | None = None


def run_command(
    *words: str, cwd: str | Path, env: Mapping[str, str], timeout: float = PATIENCE_S
) -> subprocess.CompletedProcess[str]:
    """Run `rowkeep WORDS` to its end, without input. Warnings are errors.

    Raises subprocess.TimeoutExpired after killing it.
    """
    command = [sys.executable, "-m", "rowkeep", *words]
    if _at_start(env) != _at_start(ENVIRONMENT):
        return subprocess.run(
            command,
            cwd=cwd,
            env={"PYTHONWARNINGS": "error", **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
    nothing, out, err, answer = os.open(os.devnull, os.O_RDONLY), os.pipe(), os.pipe(), os.pipe()
    theirs = (nothing, out[1], err[1], answer[1])
    try:
        _request({"words": words, "cwd": str(cwd), "env": dict(env)}, theirs)
    finally:
        for descriptor in theirs:
            os.close(descriptor)
    pid, code, said = None, None, {out[0]: b"", err[0]: b"", answer[0]: b""}
    until = time.monotonic() + timeout
    with selectors.DefaultSelector() as selector:
        for descriptor in said:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select(max(0.0, until - time.monotonic())):
                piece = os.read(key.fd, 1 << 16)
                said[key.fd] += piece
                if not piece:
                    selector.unregister(key.fd)
                    os.close(key.fd)
            numbers = [number for (number,) in NUMBER.iter_unpack(said[answer[0]][: len(said[answer[0]]) // 4 * 4])]
            pid, code = (*numbers, None, None)[:2]
            if time.monotonic() >= until:
                if pid is not None and code is None:
                    os.kill(pid, signal.SIGKILL)
                for descriptor in list(selector.get_map()):
                    os.close(descriptor)
                raise subprocess.TimeoutExpired(command, timeout, said[out[0]], said[err[0]])
    assert code is not None, "the process that forks has died"
    stdout, stderr = (said[end].decode().replace("\r\n", "\n") for end in (out[0], err[0]))
    return subprocess.CompletedProcess(command, code, stdout, stderr)


def _at_start(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        name: text for name, text in environ.items() if name.startswith(READ_AT_START) and name != "PYTHONWARNINGS"
    }


def _request(request: dict[str, object], descriptors: tuple[int, ...]) -> None:
    """Send a request, with its files, to the process that forks. The first request starts it."""
    global _forker
    body = json.dumps(request).encode()
    with _lock:
        if _forker is None:
            _forker, theirs = socket.socketpair()
            with theirs:
                subprocess.Popen(
                    [sys.executable, "-m", __name__, str(theirs.fileno())],
                    cwd=Path(__file__).parents[2],
                    env={**ENVIRONMENT, "PYTHONWARNINGS": "error"},
                    pass_fds=(theirs.fileno(),),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                )
        socket.send_fds(_forker, [NUMBER.pack(len(body))], descriptors)
        _forker.sendall(body)


def fork_commands(control: socket.socket) -> None:
    """Fork a child for each request, until nobody can send any more. Returns in the child, which is then ready to run.

    The tests end us by closing their end of the socket, also when they are killed.
    """
    import rowkeep

    for module in pkgutil.walk_packages(rowkeep.__path__, "rowkeep."):
        if module.name not in NOT_IMPORTED:
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()  # a collection in a child would write to, and so copy, all the memory that it shares with us
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers: dict[int, int] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        selector.register(ended, selectors.EVENT_READ)
        while True:
            ready = [key.fileobj for key, _ in selector.select()]
            if ended in ready:
                os.read(ended, 1 << 16)
                _report_ended(answers)
            if control not in ready:
                continue
            header, descriptors, _, _ = socket.recv_fds(control, NUMBER.size, 4)
            if not header:
                os._exit(0)
            (left,), body = NUMBER.unpack(header), b""
            while len(body) < left:
                body += control.recv(left - len(body))
            child = os.fork()
            if child == 0:
                break
            answers[child] = descriptors.pop()
            os.write(answers[child], NUMBER.pack(child))
            for descriptor in descriptors:
                os.close(descriptor)
    for descriptor in (ended, wake, descriptors.pop(), *answers.values()):
        os.close(descriptor)
    control.close()
    _become(json.loads(body), descriptors)


def _report_ended(answers: dict[int, int]) -> None:
    """Send the exit codes of the children that have ended."""
    while answers:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        answer = answers.pop(pid)
        with suppress(BrokenPipeError):
            os.write(answer, NUMBER.pack(os.waitstatus_to_exitcode(status)))
        os.close(answer)


def _become(request: dict[str, object], descriptors: list[int]) -> None:
    """Make this process what a new one would be: signals, files, environment, directory, arguments."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for target, descriptor in enumerate(descriptors):
        os.dup2(descriptor, target)
        os.close(descriptor)
    # The streams of a new process know what kind of file they are on. None is on a terminal here.
    for name, mode, buffering in (("stdin", "r", -1), ("stdout", "w", -1), ("stderr", "w", 1)):
        old = getattr(sys, name)
        new = open(old.fileno(), mode, buffering, old.encoding, old.errors, closefd=False)  # noqa: SIM115
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)
    os.environ.clear()
    os.environ.update(request["env"])  # type: ignore[call-overload]
    time.tzset()
    os.chdir(str(request["cwd"]))
    tempfile.tempdir = None
    sys.path[0] = str(request["cwd"])
    sys.argv[1:] = request["words"]  # type: ignore[call-overload]


def _run_to_the_end() -> None:
    """Run `python -m rowkeep` and leave as the interpreter does, except that it does not free its objects one by one.

    That would take longer than most commands (Py_FinalizeEx: wait for threads, call exit functions, flush).
    """
    code: object = 0
    try:
        runpy.run_module("rowkeep", run_name="__main__", alter_sys=True)
    except SystemExit as leaving:
        code = leaving.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = 120
    os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    fork_commands(socket.socket(fileno=int(sys.argv[1])))
    _run_to_the_end()
