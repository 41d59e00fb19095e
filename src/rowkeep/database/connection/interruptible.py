"""A connection that can be attended while it waits for the server: who is in the way is seen, a signal is heeded."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg.rows import TupleRow

from rowkeep.programs.interruptible_wait import interruptible_wait

if TYPE_CHECKING:
    from psycopg.abc import PQGen

T = TypeVar("T")
INTERVAL_S = 0.1


class InterruptibleConnection(psycopg.Connection[TupleRow]):
    """attend: called again and again, with the seconds since the question, while no answer comes; None: nobody is.

    interval: seconds between two calls. at: what the statement at work asks, in words; '' = not known.
    """

    attend: Callable[[float], None] | None = None
    at: str = ""
    interval: float = INTERVAL_S

    def wait(self, gen: PQGen[T], *args: Any, **options: Any) -> T:
        """Wait for an answer, as psycopg does."""
        asked = f" ({self.at})" if self.at else ""
        with interruptible_wait(f"cancelling the statement on the server{asked}, and waiting for its answer"):
            if self.attend is None:
                return super().wait(gen, *args, **options)
            return super().wait(_wait_attended(gen, self.attend), self.interval)


def _wait_attended(gen: PQGen[T], attend: Callable[[float], None]) -> PQGen[T]:
    """The generator, with a look whenever psycopg has waited for nothing."""
    began = time.monotonic()
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready:
                attend(time.monotonic() - began)
            wanted = gen.send(ready)
    except StopIteration as end:
        result: T = end.value
        return result
