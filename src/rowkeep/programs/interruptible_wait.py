"""What this process waits for at this moment: whoever presses Ctrl-C is told what is cancelled now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

_what: list[str] = []


@contextmanager
def interruptible_wait(what: str) -> Iterator[None]:
    """The block waits. what: what an interruption does now, as in `ending pg_dump, and waiting until it is gone`."""
    _what.append(what)
    try:
        yield
    finally:
        _what.remove(what)


def raise_interruption() -> str | None:
    """What an interruption does at this moment; None where nothing is waited for."""
    return _what[-1] if _what else None
