"""Run a program of PostgreSQL and wait for it; it never outlives us, and no secret is in its arguments."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from rowkeep.config.libpq import masked
from rowkeep.domain.program import Programs
from rowkeep.errors import Bug, ProgramMissing

BEAT = 0.1
"""Seconds between two calls of `beat`."""

PATIENCE = 5.0
"""Seconds a program gets to end by itself after SIGINT, at which all of PostgreSQL's cancel on the server too."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended. code: its exit code, negative for a signal; output and complaint: stdout and stderr."""

    code: int
    output: str
    complaint: str

    @property
    def ok(self) -> bool:
        """Whether it ended with 0."""
        return self.code == 0

    @property
    def why(self) -> str:
        """Its complaint, or how it ended when it made none."""
        if self.complaint.strip():
            return self.complaint.strip()
        return f"ended by signal {-self.code}" if self.code < 0 else f"exit code {self.code}"


def run(
    programs: Programs,
    name: str,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    stdin: IO[bytes] | None = None,
    stdout: IO[bytes] | None = None,
    hear: Callable[[str], None] | None = None,
    beat: Callable[[], None] | None = None,
) -> Finished:
    """Run `name` of `programs` to its end and tell how it ended; an exit code other than 0 is the caller's to judge.

    environment: added to ours (PGPASSFILE, PGPASSWORD …): the only way for a secret, since everybody on the machine
    can read arguments. stdout: an open file in place of memory. hear: called with each line of stderr; beat: ten times
    a second; both in the caller's thread. What they raise, and Ctrl-C, ends the program first. Raises ProgramMissing.
    """
    if any(masked(argument) != argument for argument in arguments):
        raise Bug(f"a password among the arguments of {name}")
    child = _start([programs.path(name), *arguments], environment or {}, stdin, stdout, programs.version.major)
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    output: list[bytes] = []
    readers = [
        threading.Thread(target=_listen, args=(child.stderr, lines), daemon=True),
        threading.Thread(target=_keep, args=(child.stdout, output), daemon=True),
    ]
    for reader in readers:
        reader.start()
    complaint = []
    try:
        while (line := _next(lines, beat)) is not None:
            complaint.append(line)
            if hear is not None:
                hear(line)
        child.wait()
    finally:
        end(child)
        for reader in readers:
            reader.join(PATIENCE)
        for pipe in (child.stderr, child.stdout):
            if pipe is not None:
                pipe.close()
    return Finished(child.returncode, b"".join(output).decode(errors="replace"), "\n".join(complaint))


def end(child: subprocess.Popen[bytes]) -> None:
    """End `child` if it still runs: politely, and after PATIENCE for good."""
    if child.poll() is not None:
        return
    child.send_signal(signal.SIGINT)
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _start(
    command: list[str],
    environment: Mapping[str, str],
    stdin: IO[bytes] | None,
    stdout: IO[bytes] | None,
    major: int,
) -> subprocess.Popen[bytes]:
    kept = {key: value for key, value in os.environ.items() if key not in ("PGCLIENTENCODING", "LANGUAGE")}
    try:
        return subprocess.Popen(
            command,
            stdin=stdin or subprocess.DEVNULL,
            stdout=stdout or subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**kept, **environment, "LC_ALL": "C"},
            # Ctrl-C reaches us alone; the program is then ended in order.
            start_new_session=True,
            preexec_fn=_die_with_us(),  # only prctl, whose library is loaded before the fork
        )
    except OSError as error:
        raise ProgramMissing(
            f"cannot run {os.path.basename(command[0])}",  # noqa: PTH119 - a name for people, no path to follow
            where=command[0],
            why=error.strerror,
            instead=(f"rowkeep tools install {major}", "rowkeep tools list"),
        ) from None


def _die_with_us() -> Callable[[], object] | None:
    """On Linux the kernel ends the program when we are killed; elsewhere it ends at its next line (SIGPIPE)."""
    if sys.platform != "linux":
        return None
    import ctypes

    library = ctypes.CDLL(None)
    parent_death_signal = 1  # prctl(2)
    return lambda: library.prctl(parent_death_signal, signal.SIGINT)


def _next(lines: queue.SimpleQueue[str | None], beat: Callable[[], None] | None) -> str | None:
    """The next line of stderr, or None at its end."""
    while True:
        if beat is not None:
            beat()
        try:
            return lines.get(timeout=BEAT)
        except queue.Empty:
            continue


def _listen(pipe: IO[bytes] | None, lines: queue.SimpleQueue[str | None]) -> None:
    for line in pipe or ():
        lines.put(line.decode(errors="backslashreplace").rstrip("\n"))
    lines.put(None)


def _keep(pipe: IO[bytes] | None, output: list[bytes]) -> None:
    output.extend(pipe or ())
