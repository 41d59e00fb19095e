"""A PostgreSQL program that runs beside us: watched while it works, and never left behind."""

from __future__ import annotations

import ctypes
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rowkeep.backup.uninterrupted import uninterrupted
from rowkeep.domain.program import Programs
from rowkeep.errors import ProgramMissing

BEAT = 0.1
PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Finished:
    """How the program ended. code: its exit code, negative when a signal ended it; errors: what it complained of."""

    code: int
    errors: tuple[str, ...]

    @property
    def why(self) -> str:
        """Its complaints as one text, or how it ended when it made none."""
        if self.errors:
            return "\n".join(self.errors)
        return f"ended by signal {-self.code}" if self.code < 0 else f"exit code {self.code}"


def run(
    programs: Programs,
    name: str,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    on_line: Callable[[str], None] | None = None,
    beat: Callable[[], None] | None = None,
) -> Finished:
    """Run `name` until it ends.

    on_line: called with every line of progress (`--verbose`); beat: called ten times a second; both in the caller's
    thread. What they raise, and Ctrl-C, ends the program first: it is asked (SIGTERM, at which pg_dump and pg_restore
    cancel their statements on the server), and after five seconds killed.
    """
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    errors: list[str] = []
    process: subprocess.Popen[bytes] | None = None
    try:
        with uninterrupted():
            process = _start([programs.path(name), *arguments], environment)
        threading.Thread(target=_read, args=(process, lines), daemon=True).start()
        while True:
            if beat is not None:
                beat()
            try:
                line = lines.get(timeout=BEAT)
            except queue.Empty:
                continue
            if line is None:
                break
            if _complains(line, name, bool(errors)):
                errors.append(line)
            elif on_line is not None:
                on_line(line)
        code = process.wait()
    finally:
        if process is not None:
            _end(process)
    return Finished(code, tuple(errors))


def _complains(line: str, name: str, after: bool) -> bool:
    """Whether a line is a warning or an error. Progress is `pg_dump: word …` without such a level."""
    if not line.startswith(f"{name}: "):
        return after  # the rest of a message, or a server's message on several lines
    level = line[len(name) + 2 :].split(":")[0]
    return level in ("error", "detail", "hint", "warning", "fatal") or level.startswith(("from TOC entry", "while "))


def _start(command: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    kept = {key: value for key, value in os.environ.items() if key not in ("PGCLIENTENCODING", "LANGUAGE")}
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**kept, **environment, "LC_ALL": "C"},
            # Ctrl-C reaches us alone; the program is then ended in order, and what it wrote is removed.
            start_new_session=True,
            preexec_fn=_die_with_us(),
        )
    except OSError as error:
        raise ProgramMissing(f"cannot run {command[0]}", why=error.strerror, instead=("rowkeep tools list",)) from None


def _die_with_us() -> Callable[[], None] | None:
    """On Linux the kernel ends the program when we are killed; elsewhere it ends at its next line (SIGPIPE)."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    parent_death_signal = 1

    def ask() -> None:
        library.prctl(parent_death_signal, signal.SIGTERM)

    return ask


def _read(process: subprocess.Popen[bytes], lines: queue.SimpleQueue[str | None]) -> None:
    assert process.stderr is not None  # opened as a pipe
    with process.stderr as told:
        for line in told:
            lines.put(line.decode("utf-8", "backslashreplace").rstrip("\n"))
    lines.put(None)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            # It leads a group of its own: the workers of pg_restore go with it.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
