"""A few lines that Ctrl-C and SIGTERM must not cut apart: making something, and knowing that it was made."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def defer_signals() -> Iterator[None]:
    """Keep signals back until the body is done; then they count as if they had come just now.

    By handlers and not by a mask, which another thread would not have. Outside the main thread no signal is handled
    anyway.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: handler for number in SIGNALS if (handler := signal.getsignal(number)) is not None}
    for number in before:
        signal.signal(number, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for known, handler in before.items():
            signal.signal(known, handler)
        for late in came:
            signal.raise_signal(late)
