"""The retry loop: a transaction that could not acquire a lock is tried again, until the lock deadline is over."""

from __future__ import annotations

import random
import select
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Generic, Protocol, TypeVar

from rowkeep.database.connection.pipeline import ConnectionLost
from rowkeep.database.executor import lock_precheck
from rowkeep.database.executor.run_context import RunContext
from rowkeep.domain.enumeration import Enum
from rowkeep.domain.event import Blocker
from rowkeep.domain.frozen import dataclass, field
from rowkeep.domain.instruction import (
    Cancelled,
    ConnectionLoss,
    InstructionResult,
    LockHoldExceeded,
    LockTimeout,
    LossesRefused,
    ServerError,
    ServerRefused,
    Succeeded,
)

T = TypeVar("T")

RETRIED = frozenset({"55P03", "40P01", "40001"})
"""lock_not_available, deadlock_detected, serialization_failure: nothing is committed, the same may succeed later."""

ENDED_BY_SERVER = frozenset({"57P01", "57P02", "57P03", "25P03", "25P04"})
"""The server ended the session: a shutdown, a crash of another process, a timeout."""

PREPARED_STATEMENT_GONE = "26000"
"""invalid_sql_statement_name: the server no longer has a statement that we prepared."""

PAUSES_S = (0.1, 0.2, 0.4, 0.8, 1.0)
LONGEST_PAUSE_S = 2.0
"""The longest time between two attempts, even if the same sessions are still in the way."""

AUTOVACUUM_MS = 1200
"""Longer than deadlock_timeout's default: an autovacuum cancels itself only for a session that waits that long."""


class Retry(Enum):
    """Whether another attempt follows."""

    NEVER = "never"
    AT_ONCE = "at once"
    AFTER_PAUSE = "after a pause"
    """Unless the lock deadline is over."""


@dataclass(frozen=True, slots=True)
class LockAttempt(Generic[T]):
    """An attempt that is over. result: of the whole loop, if no attempt follows. blockers: who was in the way."""

    result: T
    retry: Retry = Retry.NEVER
    blockers: tuple[Blocker, ...] = ()


@dataclass(slots=True)
class AttemptClock:
    """When the first attempt began, and the number of the current one, from 1."""

    number: int = 0
    began: float = field(default_factory=time.monotonic)

    @property
    def waited_s(self) -> float:
        """Seconds since the first attempt began."""
        return time.monotonic() - self.began


def retry_while_locked(
    context: RunContext,
    what: str,
    attempt: Callable[[AttemptClock], LockAttempt[T]],
    *,
    during_pause: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> T:
    """Repeat `attempt` until it says that no other one should follow, or the lock deadline is over.

    what: what is waited for, in words.
    """
    clock = AttemptClock()
    while True:
        clock.number += 1
        outcome = attempt(clock)
        if outcome.retry is Retry.AT_ONCE:
            continue
        waited = clock.waited_s
        left = context.policy.lock_deadline_s - waited
        if outcome.retry is Retry.NEVER or left <= 0:
            return outcome.result
        with during_pause():
            context.watch.emit(what, waited, outcome.blockers)
            pause(context, clock.number, outcome.blockers, left)


def pause(context: RunContext, attempts: int, blockers: tuple[Blocker, ...], longest_s: float) -> None:
    """Wait for a random time, and longer while those sessions are still in the way. A signal ends it.

    Each attempt makes the application queue for a moment, so none is made before one can succeed.
    """
    until = time.monotonic() + min(LONGEST_PAUSE_S, longest_s)
    seconds = random.uniform(0.5, 1.0) * PAUSES_S[min(attempts, len(PAUSES_S)) - 1]
    while not select.select([context.interrupts.wakes], [], [], seconds)[0]:
        if time.monotonic() >= until or not context.watch.any_left(blockers):
            return


def should_wait_longer(attempts: int, blockers: tuple[Blocker, ...]) -> bool:
    """Whether the next attempt waits longer for its locks: every fifth one does while an autovacuum is in the way."""
    vacuum = any((blocker.query or "").startswith("autovacuum:") or blocker.user is None for blocker in blockers)
    return vacuum and not attempts % 5


class RetriableTransaction(Protocol):
    """A transaction that can be tried again and again, until it acquires its locks."""

    @property
    def hold_exceeded(self) -> LockHoldExceeded | None:
        """The result, where the last attempt held its locks too long."""

    @property
    def losses_refused(self) -> LossesRefused | None:
        """The result, where the guard rolled the last attempt back."""

    def attempt(self) -> tuple[ServerError | None, tuple[Blocker, ...]]:
        """Try once: None when it is committed, else the server's error; and who was in the way."""

    def stop_using_prepared(self) -> bool:
        """The server has dropped what was prepared: whether the next attempt does without it."""

    def stop_locking_first(self) -> bool:
        """Whether the next attempt leaves it to the statements to take their locks. False if they do already."""

    def plan_next_attempt(self, attempts: int, blockers: tuple[Blocker, ...]) -> None:
        """Another attempt follows, after `attempts` of them."""


def run_until_committed(
    context: RunContext, transaction: RetriableTransaction, name: str, tables: lock_precheck.NeededLocks
) -> InstructionResult:
    """Try `transaction` until it is committed or refused, or the lock deadline is over."""
    what = f"a lock that {name} needs"
    blockers: tuple[Blocker, ...] = ()

    def attempt(clock: AttemptClock) -> LockAttempt[InstructionResult]:
        nonlocal blockers
        blockers = lock_precheck.wait_until_free(context, tables, what, clock.began) or blockers
        if context.interrupts.number is not None:
            return LockAttempt(Cancelled(context.interrupts.number))
        try:
            error, seen = transaction.attempt()
        except ConnectionLost as lost:
            return LockAttempt(ConnectionLoss(str(lost), certain=lost.certain))
        if error is None:
            return LockAttempt(Succeeded(clock.waited_s))
        blockers = seen or blockers
        if transaction.losses_refused is not None:
            return LockAttempt(transaction.losses_refused)
        refused = ServerRefused(error)
        if error.sqlstate == PREPARED_STATEMENT_GONE and error.piece is None and transaction.stop_using_prepared():
            # This migration, or the one before it, ran DEALLOCATE ALL.
            context.session.prepared.clear()
            return LockAttempt(refused, Retry.AT_ONCE)
        if error.sqlstate in ENDED_BY_SERVER:
            # If the session ended at COMMIT, the server may have committed all the same.
            return LockAttempt(ConnectionLoss(error.message, certain=error.piece is not None))
        if context.interrupts.number is not None:
            return LockAttempt(Cancelled(context.interrupts.number))
        if transaction.hold_exceeded is not None:
            return LockAttempt(transaction.hold_exceeded)
        if error.sqlstate in RETRIED:
            transaction.plan_next_attempt(clock.number, blockers)
            timeout = LockTimeout(error, clock.waited_s, clock.number, blockers)
            return LockAttempt(timeout, Retry.AFTER_PAUSE, blockers)
        return LockAttempt(refused, Retry.AT_ONCE if transaction.stop_locking_first() else Retry.NEVER)

    return retry_while_locked(context, what, attempt)
