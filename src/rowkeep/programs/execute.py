"""Runs a PostgreSQL program and waits for it. It never outlives us, and its arguments contain no secrets."""

from __future__ import annotations

import os
import queue
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import IO

from rowkeep.config.libpq import mask_secrets
from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass
from rowkeep.errors import Bug, ProgramMissing
from rowkeep.programs.child_process import PATIENCE, end_child, start_child
from rowkeep.programs.interruptible_wait import interruptible_wait

BEAT = 0.1
"""Seconds between two calls of `beat`."""


@dataclass(frozen=True, slots=True)
class ProgramResult:
    """How a program ended. code: its exit code, negative for a signal; output: stdout; complaint: stderr."""

    code: int
    output: str
    complaint: str

    @property
    def ok(self) -> bool:
        """Whether it ended with 0."""
        return self.code == 0

    @property
    def why(self) -> str:
        """Its stderr, or how it ended if stderr is empty."""
        if self.complaint.strip():
            return self.complaint.strip()
        return f"ended by signal {-self.code}" if self.code < 0 else f"exit code {self.code}"


def run_program(
    programs: Programs,
    name: str,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    stdin: IO[bytes] | None = None,
    stdout: IO[bytes] | None = None,
    on_line: Callable[[str], None] | None = None,
    beat: Callable[[], None] | None = None,
) -> ProgramResult:
    """Run `name` of `programs` to its end. The caller checks the exit code.

    environment: added to ours (PGPASSFILE, PGPASSWORD …). Secrets must be passed there, because every user of the
    machine can read arguments. stdout: an open file instead of memory. on_line: called with each line of stderr; beat:
    called ten times a second; both in the caller's thread. Their exceptions, and Ctrl-C, end the program first. Raises
    ProgramMissing.
    """
    if any(_secret(argument) for argument in arguments):
        raise Bug(f"a password among the arguments of {name}")
    kept = {key: value for key, value in os.environ.items() if key not in ("PGCLIENTENCODING", "LANGUAGE")}
    options = {
        "stdin": stdin or subprocess.DEVNULL,
        "stdout": stdout or subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "env": {**kept, **(environment or {}), "LC_ALL": "C"},
    }
    try:
        doing = f"ending {name}, and waiting until it is gone"
        with start_child([programs.path(name), *arguments], **options) as child, interruptible_wait(doing):
            output, complaint = _follow(child, on_line, beat)
    except OSError as error:
        if error.filename != programs.path(name):  # raised by a callback
            raise
        raise ProgramMissing(
            f"cannot run {name}",
            code=ErrorCode.PROGRAM_NOT_RUNNABLE,
            where=programs.path(name),
            why=error.strerror,
            instead=(f"rowkeep tools install {programs.version.major}", "rowkeep tools list"),
        ) from None
    return ProgramResult(child.returncode, output.decode(errors="replace"), "\n".join(complaint))


def _secret(argument: str) -> bool:
    """Whether the argument contains a password, also in `--dbname=…`."""
    value = argument.partition("=")[2] if argument.startswith("--") else argument
    return mask_secrets(value) != value


def _follow(
    child: subprocess.Popen[bytes], on_line: Callable[[str], None] | None, beat: Callable[[], None] | None
) -> tuple[bytes, list[str]]:
    """Read stdout and the lines of stderr until the program ends."""
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    output: list[bytes] = []
    complaint: list[str] = []
    readers = [
        threading.Thread(target=_listen, args=(child.stderr, lines), daemon=True),
        threading.Thread(target=_keep, args=(child.stdout, output), daemon=True),
    ]
    for reader in readers:
        reader.start()
    try:
        while (line := _next(lines, beat)) is not None:
            complaint.append(line)
            if on_line is not None:
                on_line(line)
        child.wait()
    finally:
        end_child(child)
        for reader in readers:
            reader.join(PATIENCE)
    return b"".join(output), complaint


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
