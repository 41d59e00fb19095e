"""Ctrl-C, SIGTERM and a closed terminal during a run: noticed at once, acted on where it is safe."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import INTERRUPTIONS, Interrupted, Remains

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(KeyboardInterrupt):
    """A signal came while the function of a migration ran, and stops it."""


class SignalHandler:
    """Notes the signals of a run. number: the first one, or None. wakes: readable when a signal came.

    breaks: code of a migration runs, and a signal raises StopRequested in it. at: what is waited for. emit: gets a
    text at the first signal.
    """

    def __init__(self, emit: Callable[[str], None] | None = None) -> None:
        self.number: int | None = None
        self.at = "the server"
        self._emit = emit
        self.breaks = False
        self.wakes, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def note_signal(self, number: int, frame: FrameType | None = None) -> None:
        """Handle a signal. The second one does not wait for the server."""
        if self.number is not None:
            raise Interrupted(
                "interrupted twice: left without waiting for the server",
                code=ErrorCode.INTERRUPTED,
                signal=self.number,
                remains=Remains.UNKNOWN,
                instead=("rowkeep status",),
            )
        self.number = number
        os.write(self._waker, b"!")
        if self.breaks:
            self.breaks = False
            raise StopRequested

    def acknowledge(self) -> None:
        """Say what happens after a signal, once, before it happens.

        Not in the signal handler: the signal may have come in the middle of another line.
        """
        if self._emit is not None and self.number is not None:
            self._emit(
                f"{INTERRUPTIONS[self.number]}: cancelling {self.at}, and waiting for the server's answer; "
                "once more leaves without waiting"
            )
            self._emit = None

    @contextmanager
    def breaking(self, *, into: bool = True) -> Iterator[None]:
        """Let a signal interrupt the code within; or (into=False) delay it until the end. Raises StopRequested."""
        before, self.breaks = self.breaks, into
        try:
            if into and self.number is not None:
                raise StopRequested
            yield
        finally:
            self.breaks = before
        if self.number is not None:
            raise StopRequested

    def close(self) -> None:
        """Close the pipe."""
        os.close(self.wakes)
        os.close(self._waker)


@contextmanager
def handle_signals(emit: Callable[[str], None] | None = None) -> Iterator[SignalHandler]:
    """Handle the signals during a run, in the main thread. Ignored signals stay ignored."""
    interrupts = SignalHandler(emit)
    before = {}
    if threading.current_thread() is threading.main_thread():
        handled = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        before = {number: signal.signal(number, interrupts.note_signal) for number in handled}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        interrupts.close()
