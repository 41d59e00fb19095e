"""Wait for conditions: until one is true, or beside what must make it true."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from tests.support.project import Project


def wait_until(condition: Callable[[], bool], pause: float = 0.02) -> None:
    """Return as soon as the condition is true. AssertionError if that takes longer than a test may wait."""
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until, "it did not come true"
        time.sleep(pause)


@contextmanager
def act_when(condition: Callable[[], bool], act: Callable[[], object]) -> Iterator[None]:
    """Beside the block, call `act` as soon as the condition is true. AssertionError if it is not while the block runs.

    `act` is called in any case, so that nothing waits for it for ever.
    """
    over = threading.Event()
    failures: list[BaseException] = []

    def watch() -> None:
        try:
            wait_until(lambda: condition() or over.is_set())
            assert not over.is_set(), "the block ended before the condition was true"
        except BaseException as error:
            failures.append(error)
        finally:
            act()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if failures:
        raise failures[0]


def waits_for_lock(project: Project, longer_than_ms: int = 0) -> Callable[[], bool]:
    """Whether a session of the database waits for a lock, and has waited for so long."""
    query = (
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted"
        " AND datname = current_database() AND waitstart < clock_timestamp() - %s * interval '1 ms'"
    )
    return lambda: project.sql(query, longer_than_ms) != [0]
