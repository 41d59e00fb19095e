"""Runs child processes that always end with us: after an error, after a signal, or when we are killed."""

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
"""Seconds a program gets to end after SIGINT, at which PostgreSQL programs also cancel on the server.

Not SIGTERM: psql would end and leave its statement running.
"""


@contextmanager
def start_child(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Start `command` (options: those of Popen). It has ended when the block is left.

    It runs in a session of its own, so Ctrl-C reaches only us, and we end the program. If we are killed, Linux
    ends it; on other systems it ends when it writes to us. Raises OSError if it cannot be started.
    """
    child = None
    try:
        # No exception may occur between starting the child and storing it.
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
    """End `child` if it is still running: with SIGINT, and after PATIENCE with SIGKILL."""
    if child.poll() is not None:
        return
    child.send_signal(signal.SIGINT)
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        # It leads its own process group, so the workers of pg_restore end with it.
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _die_with_us() -> Callable[[], object] | None:
    """A function that asks Linux to end the child with us (prctl). The library is loaded before the fork."""
    if sys.platform != "linux":
        return None
    import ctypes

    library = ctypes.CDLL(None)
    parent_death_signal = 1
    return lambda: library.prctl(parent_death_signal, signal.SIGINT)
