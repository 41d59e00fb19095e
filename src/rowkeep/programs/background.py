"""Work beside the main thread: a context manager that is entered, held and left in a thread of its own.

The thread owns what it has opened from the first moment to the last. The main thread asks for the value, tells the
thread to leave, and never ends before it unless it is interrupted again while it waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Generic, TypeVar

Value = TypeVar("Value")


class NotNeeded(Exception):
    """The main thread does not need the work any more. Nobody sees this: `run_in_background` discards it."""


class Cancellation:
    """How the main thread tells background work to stop."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop, and to leave what it holds."""
        self._event.set()

    def check(self) -> None:
        """Raise NotNeeded if the work is not needed any more. Long work calls this often."""
        if self._event.is_set():
            raise NotNeeded

    def wait(self) -> None:
        """Wait until the work is not needed any more."""
        self._event.wait()


NEVER = Cancellation()
"""For work in the main thread, which exceptions stop."""


class BackgroundTask(Generic[Value]):
    """A context manager in a thread of its own. It is left there when it is released, however the main thread goes on.

    open: makes the context manager; it gets the cancellation, which it should check while it opens.
    """

    def __init__(self, name: str, open: Callable[[Cancellation], AbstractContextManager[Value]]) -> None:
        self._open = open
        self._cancellation = Cancellation()
        self._entered = threading.Event()
        # Not `join`: in CPython 3.11 an interrupted `join` takes the thread for ended.
        self._ended = threading.Event()
        self._values: list[Value] = []
        self._error: BaseException | None = None
        self._reported = False
        # A daemon: if the main thread is interrupted while it waits for this one, the process still ends.
        self._thread = threading.Thread(target=self._run, name=f"rowkeep-{name}", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def value(self) -> Value:
        """What the context manager yields, as soon as it has been entered. Raises what entering it raised."""
        self._entered.wait()
        self.check()
        return self._values[0]

    def check(self) -> None:
        """Raise the exception of the thread, if any. Does not wait."""
        if self._error is not None:
            self._reported = True
            raise self._error

    def check_unreported(self) -> None:
        """The same for an exception that was not raised in the main thread yet."""
        if not self._reported:
            self.check()

    def release(self) -> None:
        """Let the thread leave the context manager; cancel what is still being opened. Does not wait."""
        self._cancellation.cancel()

    def finish(self) -> None:
        """Release it, and wait until it has been left. The first interruption of the wait is raised afterwards."""
        if self._thread.ident is None:
            return
        try:
            self.release()
            self._ended.wait()
        except BaseException:
            self.release()
            self._ended.wait()
            raise

    def _run(self) -> None:
        try:
            with self._open(self._cancellation) as value:
                self._values.append(value)
                self._entered.set()
                self._cancellation.wait()
        except NotNeeded:
            pass
        except BaseException as error:
            self._error = error
        finally:
            self._entered.set()
            self._ended.set()


@contextmanager
def open_in_background(
    name: str, open: Callable[[Cancellation], AbstractContextManager[Value]]
) -> Iterator[BackgroundTask[Value]]:
    """Enter a context manager in a thread while the block runs; at its end it has been left.

    name: of the thread. An exception of the thread that nobody has asked for is raised at the end of the block, unless
    the block itself failed: the first error is the one that is reported.
    """
    task = BackgroundTask(name, open)
    try:
        task.start()
        yield task
    finally:
        task.finish()
    task.check_unreported()


@contextmanager
def run_in_background(name: str, function: Callable[[Cancellation], Value]) -> Iterator[BackgroundTask[Value]]:
    """Run `function` in a thread while the block runs. A function that is not done at its end is cancelled."""

    @contextmanager
    def call(cancellation: Cancellation) -> Iterator[Value]:
        yield function(cancellation)

    with open_in_background(name, call) as task:
        yield task
