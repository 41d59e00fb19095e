"""Signals that come at a bad moment."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from rowkeep.programs.uninterruptible import defer_signals


def test_a_signal_waits_until_the_body_is_done() -> None:
    made = False
    with pytest.raises(KeyboardInterrupt), defer_signals():
        os.kill(os.getpid(), signal.SIGINT)
        made = True
    assert made and signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_without_a_signal_nothing_happens() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    with defer_signals():
        pass
    assert before == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]


def test_another_thread_handles_no_signals() -> None:
    done = []

    def operation() -> None:
        with defer_signals():
            done.append(True)

    thread = threading.Thread(target=operation)
    thread.start()
    thread.join()
    assert done == [True]
