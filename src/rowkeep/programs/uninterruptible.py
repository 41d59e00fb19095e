"""Defers Ctrl-C and SIGTERM around a few lines, such as creating something and remembering that it was created."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def defer_signals() -> Iterator[None]:
    """Defer signals until the body is done, then raise them again.

    Uses handlers and not a signal mask, which other threads would not have. Outside the main thread no signal is
    handled anyway.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    deferred: list[int] = []
    before = {number: handler for number in SIGNALS if (handler := signal.getsignal(number)) is not None}
    for number in before:
        signal.signal(number, lambda number, _: deferred.append(number))
    try:
        yield
    finally:
        for known, handler in before.items():
            signal.signal(known, handler)
        for late in deferred:
            signal.raise_signal(late)
