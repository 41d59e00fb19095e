"""A second session that looks who is in the way of the first one, opened only when there is something to look at."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack

import psycopg

from rowkeep.database.session import Session
from rowkeep.domain.event import Blocker, Noted, StageAdvanced, Tell, Waiting
from rowkeep.domain.lock import LockMode
from rowkeep.errors import Unreachable

CONNECT_SECONDS = 3
TELL_EVERY_S = 5.0

LEAST = {
    LockMode.SHARE: LockMode.ROW_EXCLUSIVE,
    LockMode.SHARE_ROW_EXCLUSIVE: LockMode.ROW_EXCLUSIVE,
    LockMode.EXCLUSIVE: LockMode.ROW_SHARE,
    LockMode.ACCESS_EXCLUSIVE: LockMode.ACCESS_SHARE,
}
"""The weakest lock of somebody else that a strong one waits for (manual, table 13.2); two SHARE go together."""


class Watch:
    """Who blocks `session`. Where no second connection is to be had (CONNECTION LIMIT), nobody is seen."""

    def __init__(self, session: Session, tell: Tell) -> None:
        self._watched = session
        self._tell = tell
        self._stack = ExitStack()
        self._session: Session | None = None
        self._blind = False
        self._told = float("-inf")
        self._known: frozenset[int] = frozenset()
        self._asked: set[tuple[int, str | None]] = set()

    def blockers(self) -> tuple[Blocker, ...]:
        """The sessions that the watched one waits for at this moment."""
        session = self._opened()
        if session is None:
            return ()
        try:
            rows = session.ask("blockers", {"pid": self._watched.connection.info.backend_pid})
        except psycopg.Error:
            self._blind = True
            return ()
        return tuple(Blocker(*row) for row in rows)

    def left(self, blockers: tuple[Blocker, ...]) -> bool:
        """Whether one of `blockers` is still in the transaction it was seen in, as far as the role may know."""
        session = self._opened()
        seen = [(blocker.pid, blocker.age) for blocker in blockers if blocker.age is not None]
        if session is None or not seen:
            return False
        values = {"pids": [pid for pid, _ in seen], "age": min(age for _, age in seen)}
        try:
            return bool(session.ask("blockers_left", values)[0][0])
        except psycopg.Error:
            self._blind = True
            return False

    def in_the_way(
        self, wanted: Mapping[tuple[str | None, str], LockMode], schemas: tuple[str, ...]
    ) -> list[tuple[Blocker, str]]:
        """Who holds or waits for what these locks conflict with, and the virtual transaction of each.

        wanted: strong locks, by schema (None: one of `schemas`) and name of the table.
        """
        session = self._opened()
        if session is None:
            return []
        values = {
            "names": [name for _, name in wanted],
            "schemas": [schema for schema, _ in wanted],
            "modes": [mode.value for mode in wanted.values()],
            "least": [LEAST[mode].strength for mode in wanted.values()],
            "path": list(schemas),
            "pid": self._watched.connection.info.backend_pid,
        }
        try:
            rows = session.ask("in_the_way", values)
        except psycopg.Error:
            self._blind = True
            return []
        return [(Blocker(*row[:-1]), row[-1]) for row in rows]

    def holding(self) -> list[tuple[str, str, LockMode]]:
        """The locks of the watched session that stop others: schema and name of the table, and the mode."""
        session = self._opened()
        if session is None:
            return []
        try:
            rows = session.ask("holding", {"pid": self._watched.connection.info.backend_pid})
        except psycopg.Error:
            self._blind = True
            return []
        return [(schema, name, LockMode(mode)) for schema, name, mode in rows]

    def tell(self, what: str, seconds: float, blockers: tuple[Blocker, ...]) -> None:
        """Say that `what` is waited for: at first, when somebody else is in the way, and every few seconds."""
        if seconds < self._told:
            self._told = float("-inf")
        who = frozenset(blocker.pid for blocker in blockers)
        if seconds - self._told >= TELL_EVERY_S or who - self._known:
            self._told, self._known = seconds, who
            self._tell(Waiting(what, seconds, blockers))

    def cancel(self, blockers: tuple[Blocker, ...]) -> None:
        """Cancel what these sessions do, each query once, and tell it. A session that does nothing is left alone."""
        for blocker in blockers:
            asked = (blocker.pid, blocker.query)
            if asked in self._asked or (session := self._opened()) is None:
                continue
            self._asked.add(asked)
            if blocker.pid == 0 or blocker.state not in ("active", None):
                end = f"SELECT pg_terminate_backend({blocker.pid})"
                self._tell(Noted(f"session {blocker.pid} runs no query that could be cancelled; {end} ends it", True))
                continue
            try:
                session.ask("cancel", {"pid": blocker.pid})
            except psycopg.Error as error:
                why = str(error).strip().splitlines()[0]
                self._tell(Noted(f"session {blocker.pid} could not be cancelled: {why}", warning=True))
            else:
                self._tell(Noted(f"cancelled the query of session {blocker.pid}, as --cancel-blockers asks", True))

    def progress(self) -> None:
        """Tell how far the statement at work is, where PostgreSQL counts it."""
        session = self._opened()
        if session is None:
            return
        try:
            rows = session.ask("progress", {"pid": self._watched.connection.info.backend_pid})
        except psycopg.Error:
            self._blind = True
            return
        for what, done, total, unit in rows[:1]:
            far = f"{what}, {done:,} of {total:,} {unit}" if total else f"{what}, {done:,} {unit}" if done else what
            self._tell(StageAdvanced("statement", done, total or None, far))

    def close(self) -> None:
        """Close the second session."""
        self._stack.close()

    def _opened(self) -> Session | None:
        if self._session is None and not self._blind:
            try:
                self._session = self._stack.enter_context(self._watched.another(connect_timeout=CONNECT_SECONDS))
            except Unreachable:
                self._blind = True
        return self._session
