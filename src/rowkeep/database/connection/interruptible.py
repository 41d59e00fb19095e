"""A connection that runs code while it waits for the server: to report blockers, and to react to a signal."""

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
    """attend: called repeatedly while no answer comes, with the seconds since the query was sent.

    interval: seconds between two calls. at: what the running query asks, in words; '' = not known.
    """

    attend: Callable[[float], None] | None = None
    at: str = ""
    interval: float = INTERVAL_S

    def wait(self, gen: PQGen[T], *args: Any, **options: Any) -> T:
        """Wait for an answer, as psycopg does."""
        purpose = f" ({self.at})" if self.at else ""
        with interruptible_wait(f"cancelling the statement on the server{purpose}, and waiting for its answer"):
            if self.attend is None:
                return super().wait(gen, *args, **options)
            return super().wait(_wait_attended(gen, self.attend), self.interval)


def _wait_attended(gen: PQGen[T], attend: Callable[[float], None]) -> PQGen[T]:
    """The generator, with a call of `attend` whenever psycopg has waited in vain."""
    began = time.monotonic()
    try:
        request = next(gen)
        while True:
            ready = yield request
            if not ready:
                attend(time.monotonic() - began)
            request = gen.send(ready)
    except StopIteration as end:
        result: T = end.value
        return result
