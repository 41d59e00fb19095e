"""The command line: the only package that prints and exits. One file per command, imported when it is called."""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code. No exception leaves this function."""
    shared: dict[str, Any] = {"arguments": tuple(arguments)}
    _install_signal_handlers(shared)
    gc.set_threshold(COLLECT_EVERY)
    gc.enable()
    # libpq would make it the time zone of every session, and `run_on` of the history is in the server's local time.
    os.environ.pop("PGTZ", None)
    if COMPLETE in os.environ:
        from rowkeep.cli.root_group import complete_words

        return complete_words(COMPLETE)
    try:
        code = _run_command(arguments, shared)
    except BaseException as error:
        from rowkeep.cli.failure import report_failure

        if "answer" in shared:
            shared["answer"].drop()
        return report_failure(shared.get("context"), arguments, error)
    if "context" in shared:
        shared["context"].close(code)
    if "answer" in shared:
        shared["answer"].store(code)
    return code


def _run_command(arguments: list[str], shared: dict[str, Any]) -> int:
    """Run a plain `lint` without click, which takes a quarter of the time of one small file, and the rest by click."""
    if arguments[:1] == ["lint"]:
        from rowkeep.cli.plain_arguments import read_plain_arguments

        options = read_plain_arguments(arguments[1:])
        if options is not None:
            from rowkeep.cli.lint_command import ASKS, STORES, lint_files
            from rowkeep.cli.run_command import run_command

            return run_command(lint_files, options, shared, command="lint", asks=ASKS, stores=STORES)
    from rowkeep.cli.root_group import parse_and_run

    return parse_and_run(arguments, shared)


COLLECT_EVERY = 100_000
"""Allocations between two garbage collections. Our values live until the end of a command and have no cycles; with
Python's default of 700 the collector visits them hundreds of times in vain
(docs/decisions/0590-where-the-time-of-up-goes.md)."""

COMPLETE = "_ROWKEEP_COMPLETE"
"""The variable with which a shell asks for completions (click's convention)."""


_run: dict[str, Any] = {}
"""The data of the running command; signal handlers find its context here."""


def _install_signal_handlers(shared: dict[str, Any]) -> None:
    """Make SIGTERM and SIGHUP end a run as Ctrl-C does. Signals that the parent process ignores stay ignored."""
    global _run
    _run = shared
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _handle_signal)


def _handle_signal(number: int, frame: FrameType | None) -> NoReturn:
    from rowkeep.errors import Terminated

    _report_cancellation(number)
    raise KeyboardInterrupt if number == signal.SIGINT else Terminated(number)


def _report_cancellation(number: int) -> None:
    """Report at the first signal what is being cancelled: the server or a program may take a while to answer."""
    waited = sys.modules.get("rowkeep.programs.interruptible_wait")
    context = _run.get("context")
    if waited is None or context is None or "interrupted" in _run or (doing := waited.current_interruption()) is None:
        return
    from rowkeep.domain.event import Noted
    from rowkeep.errors import INTERRUPTIONS

    _run["interrupted"] = number
    # RuntimeError: the signal arrived while a progress line was being written.
    with suppress(RuntimeError):
        context.emit(
            Noted(f"{INTERRUPTIONS[number]}: {doing}; interrupt again to leave without waiting", warning=True)
        )
