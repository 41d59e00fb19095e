"""A program that runs beside us and is never left behind: not by an error, a signal, or our sudden death."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rowkeep.programs.uninterruptible import defer_signals

PATIENCE = 5.0
"""Seconds a program gets to end by itself after SIGINT, at which all of PostgreSQL's cancel on the server too.

Not SIGTERM: at that psql ends and leaves its statement running.
"""


@contextmanager
def start_child(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Start `command` (options: those of Popen); when the block is left it has ended, by itself or by us.

    It has a session of its own: Ctrl-C reaches us alone, and the program is then ended in order. On Linux the kernel
    ends it when we are killed; elsewhere it ends when it writes to us. Raises OSError if it cannot be started.
    """
    child = None
    try:
        # Between a program's birth and its name nothing may be raised.
        with defer_signals():
            child = subprocess.Popen(command, start_new_session=True, preexec_fn=_die_with_us(), **options)
        yield child
    finally:
        if child is not None:
            end_child(child)
            for pipe in (child.stdin, child.stdout, child.stderr):
                if pipe is not None:
                    pipe.close()


def end_child(child: subprocess.Popen[bytes]) -> None:
    """End `child` if it still runs: politely, and after PATIENCE for good."""
    if child.poll() is not None:
        return
    child.send_signal(signal.SIGINT)
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        # It leads a group of its own: the workers of pg_restore go with it.
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _die_with_us() -> Callable[[], object] | None:
    """What asks Linux to end the program with us: only prctl(2), whose library is loaded before the fork."""
    if sys.platform != "linux":
        return None
    import ctypes

    library = ctypes.CDLL(None)
    parent_death_signal = 1
    return lambda: library.prctl(parent_death_signal, signal.SIGINT)
