"""What this process is waiting for, so that Ctrl-C can say what it cancels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

_what: list[str] = []


@contextmanager
def interruptible_wait(what: str) -> Iterator[None]:
    """Mark the block as waiting. what: the effect of an interruption, such as `ending pg_dump`."""
    _what.append(what)
    try:
        yield
    finally:
        _what.remove(what)


def current_interruption() -> str | None:
    """What an interruption would do now; None if nothing is waiting."""
    return _what[-1] if _what else None
