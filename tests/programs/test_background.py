"""Work beside the main thread: one owner, the first error wins, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.patience import PATIENCE_S

from rowkeep.programs.background import Cancellation, open_in_background, run_in_background


class Resource:
    """A context manager that notes in which thread it was entered and left."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.entered: str | None = None
        self.left: str | None = None
        self.gone = threading.Event()

    @contextmanager
    def open(self, cancellation: Cancellation) -> Iterator[str]:
        if self.error is not None:
            raise self.error
        self.entered = threading.current_thread().name
        try:
            yield "value"
        finally:
            self.left = threading.current_thread().name
            self.gone.set()


def until_cancelled(cancellation: Cancellation) -> str:
    """Work that never ends by itself."""
    while True:
        cancellation.check()
        threading.Event().wait(0.001)


def threads() -> list[str]:
    """Threads of this test that still work."""
    mine = [thread for thread in threading.enumerate() if thread.name.startswith("rowkeep-test")]
    for thread in mine:
        thread.join(0.5)  # it has said that it is done
    return [thread.name for thread in mine if thread.is_alive()]


def test_one_thread_enters_holds_and_leaves() -> None:
    resource = Resource()
    with open_in_background("test", resource.open) as task:
        assert task.value() == "value"
        assert task.value() == "value"
        assert resource.left is None
    assert (resource.entered, resource.left) == ("rowkeep-test", "rowkeep-test")
    assert threads() == []


def test_released_while_the_block_goes_on() -> None:
    resource = Resource()
    with open_in_background("test", resource.open) as task:
        assert task.value() == "value"
        task.release()
        assert resource.gone.wait(PATIENCE_S)
    assert threads() == []


def test_an_error_is_raised_where_the_value_is_asked_for() -> None:
    with (
        pytest.raises(ValueError, match="broken"),
        open_in_background("test", Resource(ValueError("broken")).open) as task,
    ):
        task.value()
        pytest.fail("there is no value")


def test_an_error_that_was_handled_is_not_raised_again() -> None:
    with (
        open_in_background("test", Resource(ValueError("broken")).open) as task,
        pytest.raises(ValueError, match="broken"),
    ):
        task.value()


def test_an_error_that_nobody_asked_for_is_raised_at_the_end() -> None:
    reached = False
    with pytest.raises(ValueError, match="broken"), open_in_background("test", Resource(ValueError("broken")).open):
        reached = True
    assert reached


def test_the_error_of_the_block_wins() -> None:
    with pytest.raises(KeyError), open_in_background("test", Resource(ValueError("broken")).open):
        raise KeyError("first")
    assert threads() == []


def test_a_check_does_not_wait() -> None:
    with run_in_background("test", until_cancelled) as task:
        task.check()
    assert threads() == []


def test_work_that_is_not_needed_any_more_is_cancelled() -> None:
    with pytest.raises(KeyError), run_in_background("test", until_cancelled):
        raise KeyError("the block failed")
    assert threads() == []


def test_a_signal_ends_the_wait_and_the_work() -> None:
    def interrupt_main(cancellation: Cancellation) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        return until_cancelled(cancellation)

    with pytest.raises(KeyboardInterrupt), run_in_background("test", interrupt_main) as task:
        task.value()
    assert threads() == []


def test_an_interruption_while_the_thread_ends_waits_for_it() -> None:
    left = []

    @contextmanager
    def slow_to_leave(cancellation: Cancellation) -> Iterator[str]:
        yield "value"
        os.kill(os.getpid(), signal.SIGINT)
        threading.Event().wait(0.05)
        left.append(True)

    with pytest.raises(KeyboardInterrupt), open_in_background("test", slow_to_leave) as task:
        task.value()
    assert left == [True]
    assert threads() == []


def test_the_result_of_a_function() -> None:
    with run_in_background("test", lambda cancellation: 42) as task:
        assert task.value() == 42
