"""Run a program of PostgreSQL and wait for it; it never outlives us, and no secret is in its arguments."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rowkeep.domain.program import Programs
from rowkeep.errors import ProgramMissing

PATIENCE = 5.0
"""Seconds a program gets to end by itself after SIGTERM."""


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


def run(
    programs: Programs,
    name: str,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    stdin: IO[bytes] | None = None,
    stdout: IO[bytes] | None = None,
    hear: Callable[[str], None] | None = None,
    cwd: Path | None = None,
) -> Finished:
    """Run `name` of `programs` to its end and tell how it ended; an exit code other than 0 is the caller's to judge.

    environment: added to ours (PGPASSFILE, PGPASSWORD …): the only way for a secret, since everybody on the machine
    can read arguments. stdout: an open file in place of memory. hear: called with each line of stderr as it comes.
    When we are interrupted the program is ended first. Raises ProgramMissing if it is not there.
    """
    command = [programs.path(name), *arguments]
    told = {**os.environ, "LC_MESSAGES": "C", **(environment or {})}
    try:
        child = subprocess.Popen(
            command,
            stdin=stdin or subprocess.DEVNULL,
            stdout=stdout or subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=told,
            cwd=cwd,
        )
    except OSError as error:
        raise ProgramMissing(
            f"cannot run {name}",
            where=programs.path(name),
            why=error.strerror,
            instead=(f"rowkeep tools install {programs.version.major}",),
        ) from None
    complaints: list[str] = []
    listener = threading.Thread(target=_listen, args=(child.stderr, complaints, hear), daemon=True)
    listener.start()
    try:
        output = child.stdout.read().decode(errors="replace") if child.stdout else ""
        child.wait()
    except BaseException:
        end(child)
        raise
    finally:
        listener.join(PATIENCE)
        for stream in (child.stdout, child.stderr):
            if stream is not None:
                stream.close()
    return Finished(child.returncode, output, "".join(complaints))


def end(child: subprocess.Popen[bytes]) -> None:
    """End `child`: politely, and after PATIENCE for good."""
    child.terminate()
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _listen(stream: IO[bytes] | None, into: list[str], hear: Callable[[str], None] | None) -> None:
    for line in stream or ():
        text = line.decode(errors="replace")
        into.append(text)
        if hear is not None:
            hear(text.rstrip("\n"))
