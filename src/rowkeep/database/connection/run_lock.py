"""The run lock: one run at a time in a database, ours or node-pg-migrate's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from rowkeep.database.connection import client_process
from rowkeep.database.connection.session import Session, run_queries
from rowkeep.domain.client import LockHolder, client_fate, format_holder, parse_client
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Blocker, Emit, Noted, Waiting
from rowkeep.domain.frozen import replace
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.errors import Busy

PAUSE_S = 0.2
REPORT_EVERY_S = 5.0
ENDING_S = 10.0
"""How long to wait, beyond `wait_s`, for a session that was told to end."""


@contextmanager
def hold_run_lock(
    session: Session,
    *,
    key: int,
    wait_s: float = 0.0,
    emit: Emit | None = None,
    end_orphan: bool = False,
    acquired: bool = False,
) -> Iterator[tuple[LockHolder, ...]]:
    """Hold the run lock, taken once for a whole command. Yields the orphans that were ended to acquire it.

    It is tried repeatedly for up to `wait_s` seconds, without an open transaction in between: a session that waits
    inside `pg_advisory_lock` holds a snapshot, and an index build in another session waits for that. end_orphan: end a
    holder whose process is known to be gone. acquired: the session has it already. Raises Busy, and
    Unreachable where the connection breaks.
    """
    ended: tuple[LockHolder, ...] = ()
    if not acquired:
        with run_queries("the migration lock could not be requested"):
            ended = _acquire(session, key, wait_s, emit, end_orphan)
    try:
        yield ended
    finally:
        with suppress(psycopg.Error):
            session.ask("run_lock.release", {"key": key})


def try_lock(session: Session, key: int) -> bool:
    """Acquire the run lock if it is free."""
    return bool(session.ask("run_lock.try_lock", {"key": key})[0][0])


def find_holders(session: Session, key: int) -> tuple[LockHolder, ...]:
    """The sessions that hold the run lock in this database, and what is known of their clients."""
    return tuple(_holder(Blocker(*row), began) for *row, began in session.ask("run_lock.holders", {"key": key}))


def with_ended_orphans(run_metadata: RunMetadata, ended: tuple[LockHolder, ...]) -> RunMetadata:
    """The metadata with the orphans that were ended for the run lock."""
    if not ended:
        return run_metadata
    rows = [
        {"session": holder.blocker.pid, "began": holder.began, "name": holder.blocker.application} for holder in ended
    ]
    return replace(run_metadata, details={**run_metadata.details, "ended_orphans": rows})


def _holder(blocker: Blocker, began: str | None) -> LockHolder:
    process = parse_client(blocker.application)
    now = client_process.process_start(process.pid) if process is not None else None
    return LockHolder(blocker, began, process, client_fate(process, client_process.machine_id(), now))


def _acquire(session: Session, key: int, wait_s: float, emit: Emit | None, end_orphan: bool) -> tuple[LockHolder, ...]:
    start = time.monotonic()
    reported_at = -REPORT_EVERY_S
    ended: dict[tuple[int, str | None], LockHolder] = {}
    while not try_lock(session, key):
        waited = time.monotonic() - start
        holders = find_holders(session, key)
        for holder in holders if end_orphan else ():
            if holder.orphan and _session(holder) not in ended and _end_session(session, key, holder, emit):
                ended[_session(holder)] = holder
                wait_s = max(wait_s, waited + ENDING_S)
        if waited >= wait_s:
            # The holder may have ended between the two queries.
            if not holders and try_lock(session, key):
                break
            raise _busy_error(
                holders, waited if wait_s else 0.0, [holder for holder in holders if _session(holder) in ended]
            )
        if emit is not None and waited - reported_at >= REPORT_EVERY_S:
            reported_at = waited
            orphaned = "; ".join(format_holder(holder) for holder in holders if holder.orphan)
            what = f"the migration lock ({orphaned})" if orphaned else "the migration lock"
            emit(Waiting(what, waited, tuple(holder.blocker for holder in holders)))
        time.sleep(min(PAUSE_S, max(0.01, wait_s - waited)))
    return tuple(ended.values())


def _session(holder: LockHolder) -> tuple[int, str | None]:
    """The identity of a session: its process number may be used again later."""
    return holder.blocker.pid, holder.began


def _end_session(session: Session, key: int, orphan: LockHolder, emit: Emit | None) -> bool:
    """End the session, if it is still the one that was found. Raises Busy if the role may not."""
    values = {"key": key, "pid": orphan.blocker.pid, "began": orphan.began}
    try:
        rows = session.ask("run_lock.end_holder", values)
    except psycopg.errors.InsufficientPrivilege as error:
        raise Busy(
            "another run holds the migration lock, and this role may not end its session",
            code=ErrorCode.SESSION_NOT_ENDED,
            why=(format_holder(orphan), str(error.diag.message_primary)),
            blockers=(orphan.blocker,),
            instead=(
                f"as {orphan.blocker.user} or a superuser: SELECT pg_terminate_backend({orphan.blocker.pid})",
                "or GRANT pg_signal_backend to the role that migrates",
            ),
        ) from None
    if rows and emit is not None:
        emit(Noted(f"{format_holder(orphan)}; it was told to end, as --end-orphan asks", warning=True))
    return bool(rows)


def _busy_error(holders: tuple[LockHolder, ...], waited: float, stubborn: list[LockHolder]) -> Busy:
    why = [f"waited {waited:.0f} s"] if waited else []
    why += [format_holder(holder) for holder in holders]
    why += [f"session {holder.blocker.pid} was told to end, and has not yet" for holder in stubborn]
    alive = [holder.blocker.pid for holder in holders if not holder.orphan]
    instead = ["wait for it: --wait 60"]
    if any(holder.orphan for holder in holders):
        instead.insert(
            0, "end the orphan: the same command with --end-orphan   (what it did not commit is rolled back)"
        )
    if alive:
        ends = ", ".join(f"SELECT pg_terminate_backend({pid})" for pid in alive)
        instead.append(f"if its client is dead, end its session: {ends}")
    return Busy(
        "another run holds the migration lock",
        code=ErrorCode.MIGRATION_LOCK_HELD,
        why=why,
        blockers=tuple(holder.blocker for holder in holders),
        instead=tuple(instead),
    )
