"""Ctrl-C, SIGTERM and a closed terminal while the server works: noticed at once, acted upon where it is safe."""

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
    """A signal came while the function of a migration ran: it goes no further."""


class SignalHandler:
    """What has been asked to stop so far. number: the first signal, or None. wakes: readable when a signal came.

    breaks: code that is not ours runs, and is to be left at once: a signal raises Stopped in it. at: what is
    waited for. tell: is told, at the first signal, what is waited for.
    """

    def __init__(self, emit: Callable[[str], None] | None = None) -> None:
        self.number: int | None = None
        self.at = "the server"
        self._tell = emit
        self.breaks = False
        self.wakes, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def come(self, number: int, frame: FrameType | None = None) -> None:
        """A signal came. The second one does not wait for the server."""
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
        """A signal was noticed while an answer is waited for: say what happens now, once, and before it happens.

        Not in the handler of the signal: it may have come in the middle of another line.
        """
        if self._tell is not None and self.number is not None:
            self._tell(
                f"{INTERRUPTIONS[self.number]}: cancelling {self.at}, and waiting for the server's answer; "
                "once more leaves without waiting"
            )
            self._tell = None

    @contextmanager
    def breaking(self, *, into: bool = True) -> Iterator[None]:
        """Let a signal break into the code within; or (into=False) keep it out until the end. Raises Stopped."""
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
        """Forget the pipe."""
        os.close(self.wakes)
        os.close(self._waker)


@contextmanager
def handle_signals(emit: Callable[[str], None] | None = None) -> Iterator[SignalHandler]:
    """Take the signals over for the time of a run. Outside the main thread, and what is ignored, stays as it is."""
    interrupts = SignalHandler(emit)
    before = {}
    if threading.current_thread() is threading.main_thread():
        heard = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        before = {number: signal.signal(number, interrupts.come) for number in heard}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        interrupts.close()
