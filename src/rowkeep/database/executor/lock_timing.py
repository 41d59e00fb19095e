"""Measures how long a transaction waits for the locks that block others and how long it holds them; the hold limit."""

from __future__ import annotations

from rowkeep.database.connection.pipeline import cancel_running
from rowkeep.database.executor.lock_order import LockingScript, LockRequest
from rowkeep.database.executor.run_context import RunContext
from rowkeep.domain.frozen import replace
from rowkeep.domain.instruction import LockHoldExceeded, ServerError
from rowkeep.domain.lint.lock import LockTiming

CANCELED = "57014"
"""query_canceled: by a request, or by statement_timeout."""

LATENESS_S = 0.25
"""The server's clock of a statement starts before ours, which starts when we have read the answer to the one before.
On a busy machine we read it late, by up to this time or 2 % of the limit."""


class LockTimer:
    """The strong locks of a transaction, while it is tried.

    refused: one could not be acquired by name. hold_exceeded: the result, if the last attempt held one too long.
    """

    def __init__(self, context: RunContext, locking: LockingScript) -> None:
        self.script, self._explicit, self._implicit = locking.script, locking.explicit, locking.implicit
        self.refused = False
        self.hold_exceeded: LockHoldExceeded | None = None
        self._context = context
        self._held: dict[str, tuple[LockRequest, float]] = {}
        self._since = 0.0
        self._cancelled = False

    @property
    def takes_strong_locks(self) -> bool:
        """Whether it is known in advance that others will wait."""
        return bool(self._explicit or self._implicit)

    def begin(self, now: float) -> None:
        """An attempt begins."""
        self._held.clear()
        self._since, self._cancelled, self.refused, self.hold_exceeded = now, False, False, None

    def note_answer(self, number: int, now: float) -> None:
        """Command `number` is done."""
        if (request := self._explicit.get(number)) is not None:
            self._note_timing(request, wait=now - self._since, tries=1)
            self._held.setdefault(request.table, (request, now))
        self._note_implicit_locks(number)
        self._since = now
        if number + 1 < len(self.script.commands):
            self._enforce_limit(now)

    def note_running(self, number: int, seconds: float, now: float) -> None:
        """Command `number` has been running for `seconds`: by now its locks show in pg_locks."""
        self._note_implicit_locks(number)
        place = self.script.statements.get(number)
        if place is not None and seconds >= 1:
            for schema, name, mode in self._context.watch.find_held_locks():
                request = LockRequest(schema, name, mode, place)
                if name not in self._context.created_tables:
                    self._held.setdefault(request.table, (request, self._since))
        self._enforce_limit(now)

    def note_error(self, number: int, error: ServerError, now: float) -> ServerError:
        """Command `number` failed. Returns the error, with its statement or the hold limit."""
        if (request := self._explicit.get(number)) is None:
            self._note_implicit_locks(number)
        else:
            self.refused = True
            self._note_timing(request, wait=now - self._since, tries=1)
            error = replace(error, piece=request.statement[2])
        self.hold_exceeded = self._hold_limit_error(error, now)
        return self.hold_exceeded.fault if self.hold_exceeded is not None else error

    def end(self, now: float) -> None:
        """The transaction is over, and with it every lock."""
        for request, since in self._held.values():
            self._note_timing(request, hold=now - since)

    def _hold_limit_error(self, error: ServerError, now: float) -> LockHoldExceeded | None:
        """The result, if the transaction was ended because of the hold limit."""
        limit = self._context.policy.hold_limit_s
        if error.sqlstate != CANCELED or not limit:
            return None
        earliest = limit - max(LATENESS_S, limit * 0.02)
        # The server cancels when its own clock has reached the limit, so ours is late where it shows less.
        too_long = [
            _timing(request, hold=max(now - since, limit))
            for request, since in self._held.values()
            if now - since >= earliest
        ]
        if not too_long:
            return None
        longest = max(too_long, key=lambda lock: lock.hold_s)
        message = f"held {longest.mode.sql} on {longest.table} for {longest.hold_s:.1f} s; the limit is {limit:g} s"
        return LockHoldExceeded(replace(error, message=message), tuple(too_long), limit)

    def _note_implicit_locks(self, number: int) -> None:
        for request in self._implicit.get(number, ()):
            self._held.setdefault(request.table, (request, self._since))

    def _enforce_limit(self, now: float) -> None:
        limit = self._context.policy.hold_limit_s
        if limit and not self._cancelled and any(now - since >= limit for _, since in self._held.values()):
            self._cancelled = True
            cancel_running(self._context.session)

    def _note_timing(
        self, request: LockRequest, *, wait: float | None = None, hold: float = 0.0, tries: int = 0
    ) -> None:
        """Keep the longest wait and hold of each table."""
        new = _timing(request, wait, hold, tries)
        key = (new.migration, new.table)
        old = self._context.locks.get(key)
        self._context.locks[key] = old.merge(new, tries) if old is not None else new


def _timing(request: LockRequest, wait: float | None = None, hold: float = 0.0, tries: int = 0) -> LockTiming:
    step, index, _ = request.statement
    place = step.pieces[index].statement.place
    return LockTiming(step.name, request.table, request.mode, hold, wait, max(tries, 1), place)
