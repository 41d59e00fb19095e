"""The lock of a run: one run at a time in a database, ours or node-pg-migrate's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from rowkeep.database.session import Session, answered
from rowkeep.domain.event import Blocker, Tell, Waiting
from rowkeep.errors import Busy

PAUSE_S = 0.2
TELL_EVERY_S = 5.0


@contextmanager
def held(session: Session, *, key: int, wait_s: float = 0.0, tell: Tell | None = None) -> Iterator[None]:
    """Hold the run lock. It may be taken again within: PostgreSQL counts.

    It is asked for, again and again up to `wait_s` seconds, with no transaction open in between: whoever waits inside
    `pg_advisory_lock` holds a snapshot, and an index build in another session waits for that one. Raises Busy, and
    Unreachable where the connection breaks.
    """
    with answered("the migration lock could not be asked for"):
        _take(session, key, wait_s, tell)
    try:
        yield
    finally:
        with suppress(psycopg.Error):
            session.ask("lock_release", {"key": key})


def taken(session: Session, key: int) -> bool:
    """Take the lock if it is free."""
    return bool(session.ask("lock_try", {"key": key})[0][0])


def holders(session: Session, key: int) -> tuple[Blocker, ...]:
    """Who holds the lock in this database."""
    return tuple(Blocker(*row) for row in session.ask("lock_holder", {"key": key}))


def _take(session: Session, key: int, wait_s: float, tell: Tell | None) -> None:
    began = time.monotonic()
    told = -TELL_EVERY_S
    while not taken(session, key):
        waited = time.monotonic() - began
        if waited >= wait_s:
            # Whoever held it may have ended between the two questions.
            if not (found := holders(session, key)) and taken(session, key):
                return
            raise Busy(
                "another run holds the migration lock",
                why=f"waited {waited:.0f} s" if wait_s else None,
                blockers=found,
                instead=(
                    "wait for it: --wait 60",
                    "if its client is dead, end its session: "
                    + ", ".join(f"SELECT pg_terminate_backend({blocker.pid})" for blocker in found),
                ),
            )
        if tell is not None and waited - told >= TELL_EVERY_S:
            told = waited
            tell(Waiting("the migration lock", waited, holders(session, key)))
        time.sleep(min(PAUSE_S, max(0.01, wait_s - waited)))
