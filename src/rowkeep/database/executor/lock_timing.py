"""How long a transaction waits for the locks that stop others, how long it holds them, and the limit of that."""

from __future__ import annotations

from dataclasses import replace

from rowkeep.database.connection.pipeline import cancel_running
from rowkeep.database.executor.lock_order import LockingScript, LockRequest
from rowkeep.database.executor.run_context import RunContext
from rowkeep.domain.instruction import LockHoldExceeded, ServerError
from rowkeep.domain.lint.lock import LockTiming

CANCELED = "57014"
"""query_canceled: by a request, or by statement_timeout."""

NEARLY = 0.98
"""The server's clock of a statement starts a moment before ours, which starts with the answer to the one before."""


class LockTimer:
    """One transaction's strong locks, while it is tried.

    refused: one was not to be had by name. overheld: the reply, where the last try held one too long.
    """

    def __init__(self, context: RunContext, firm: LockingScript) -> None:
        self.script, self._asked, self._means = firm.script, firm.asked, firm.meant
        self.refused = False
        self.overheld: LockHoldExceeded | None = None
        self._hand = context
        self._held: dict[str, tuple[LockRequest, float]] = {}
        self._since = 0.0
        self._cancelled = False

    @property
    def strong(self) -> bool:
        """Whether it is known beforehand that others will wait."""
        return bool(self._asked or self._means)

    def begin(self, now: float) -> None:
        """A try begins."""
        self._held.clear()
        self._since, self._cancelled, self.refused, self.overheld = now, False, False, None

    def answered(self, number: int, now: float) -> None:
        """Command `number` is done."""
        if (taking := self._asked.get(number)) is not None:
            self._felt(taking, wait=now - self._since, tries=1)
            self._held.setdefault(taking.table, (taking, now))
        self._meant(number)
        self._since = now
        if number + 1 < len(self.script.commands):
            self._limit(now)

    def quiet(self, number: int, seconds: float, now: float) -> None:
        """Command `number` has been at work for `seconds`: by now it shows in the server's table of locks."""
        self._meant(number)
        piece = self.script.pieces.get(number)
        if piece is not None and seconds >= 1:
            for schema, name, mode in self._hand.watch.holding():
                taking = LockRequest(schema, name, mode, piece)
                if name not in self._hand.made:
                    self._held.setdefault(taking.table, (taking, self._since))
        self._limit(now)

    def failed(self, number: int, fault: ServerError, now: float) -> ServerError:
        """Command `number` is refused; the fault, with the statement that it is about, or with the limit in words."""
        if (taking := self._asked.get(number)) is None:
            self._meant(number)
        else:
            self.refused = True
            self._felt(taking, wait=now - self._since, tries=1)
            fault = replace(fault, piece=taking.piece[2])
        self.overheld = self._over(fault, now)
        return self.overheld.fault if self.overheld is not None else fault

    def ended(self, now: float) -> None:
        """The transaction is over, and with it every lock."""
        for taking, since in self._held.values():
            self._felt(taking, hold=now - since)

    def _over(self, fault: ServerError, now: float) -> LockHoldExceeded | None:
        """The reply where it was the limit that ended a transaction."""
        limit = self._hand.rules.hold_limit_s
        if fault.sqlstate != CANCELED or not limit:
            return None
        long = [
            self._value(taking, hold=now - since)
            for taking, since in self._held.values()
            if now - since >= limit * NEARLY
        ]
        if not long:
            return None
        longest = max(long, key=lambda held: held.hold_s)
        message = f"held {longest.mode.sql} on {longest.table} for {longest.hold_s:.1f} s; the limit is {limit:g} s"
        return LockHoldExceeded(replace(fault, message=message), tuple(long), limit)

    def _meant(self, number: int) -> None:
        for taking in self._means.get(number, ()):
            self._held.setdefault(taking.table, (taking, self._since))

    def _limit(self, now: float) -> None:
        limit = self._hand.rules.hold_limit_s
        if limit and not self._cancelled and any(now - since >= limit for _, since in self._held.values()):
            self._cancelled = True
            cancel_running(self._hand.session)

    def _felt(self, taking: LockRequest, *, wait: float | None = None, hold: float = 0.0, tries: int = 0) -> None:
        """Keep the longest of each."""
        new = self._value(taking, wait, hold, tries)
        key = (new.migration, new.table)
        old = self._hand.locks.get(key)
        self._hand.locks[key] = old.merge(new, tries) if old is not None else new

    @staticmethod
    def _value(taking: LockRequest, wait: float | None = None, hold: float = 0.0, tries: int = 0) -> LockTiming:
        step, index, _ = taking.piece
        place = step.pieces[index].statement.place
        return LockTiming(step.name, taking.table, taking.mode, hold, wait, max(tries, 1), place)
