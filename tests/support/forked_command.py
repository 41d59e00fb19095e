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
import select
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
from typing import IO

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


class ForkedCommand:
    """A command that runs, with what tests use of subprocess.Popen."""

    def __init__(self, args: list[str], stdout: int, stderr: int, answer: int) -> None:
        self.args = args
        self.stdout = open(stdout, encoding="utf-8")  # noqa: SIM115
        self.stderr = open(stderr, encoding="utf-8")  # noqa: SIM115
        self.returncode: int | None = None
        self._answer = answer
        self._texts: dict[str, str] = {}
        self.pid = self._read_number()

    def _read_number(self) -> int:
        number = os.read(self._answer, NUMBER.size)
        assert number, "the process that forks the commands has died"
        return int(NUMBER.unpack(number)[0])

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0.0)
        return self.returncode

    def wait(self, timeout: float = PATIENCE_S) -> int:
        """Wait for its end; the exit code."""
        if self.returncode is None:
            if not select.select([self._answer], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout)
            self.returncode = self._read_number()
            os.close(self._answer)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float = PATIENCE_S) -> tuple[str, str]:
        """Read stdout and stderr to their ends, and wait for its end. May be called again, as that of Popen."""

        def read(name: str, file: IO[str]) -> None:
            self._texts[name] = file.read()
            file.close()

        until = time.monotonic() + timeout
        streams = (("out", self.stdout), ("err", self.stderr))
        readers = [threading.Thread(target=read, args=of, daemon=True) for of in streams if not of[1].closed]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(max(0.0, until - time.monotonic()))
        if any(reader.is_alive() for reader in readers):
            raise subprocess.TimeoutExpired(self.args, timeout)
        self.wait(max(0.0, until - time.monotonic()))
        return self._texts["out"], self._texts["err"]

    def __enter__(self) -> ForkedCommand:
        return self

    def __exit__(self, *_: object) -> None:
        self.stdout.close()
        self.stderr.close()
        self.wait()


def start_command(*words: str, cwd: str | Path, env: Mapping[str, str]) -> ForkedCommand | subprocess.Popen[str]:
    """Start `rowkeep WORDS`, without input. Warnings are errors."""
    command = [sys.executable, "-m", "rowkeep", *words]
    env = {"PYTHONWARNINGS": "error", **env}
    if _at_start(env) != _at_start(ENVIRONMENT):
        nothing = subprocess.DEVNULL
        return subprocess.Popen(
            command, cwd=cwd, env=env, stdin=nothing, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    out, err, answer = os.pipe(), os.pipe(), os.pipe()
    theirs = (os.open(os.devnull, os.O_RDONLY), out[1], err[1], answer[1])
    try:
        _request({"words": words, "cwd": str(cwd), "env": env}, theirs)
    finally:
        for descriptor in theirs:
            os.close(descriptor)
    return ForkedCommand(command, out[0], err[0], answer[0])


def run_command(*words: str, cwd: str | Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `rowkeep WORDS` to its end, without input. Warnings are errors.

    Raises subprocess.TimeoutExpired, after killing it, if that takes longer than a test may wait.
    """
    with start_command(*words, cwd=cwd, env=env) as command:
        try:
            out, err = command.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            command.kill()
            raise
    return subprocess.CompletedProcess(command.args, command.returncode, out, err)


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
