"""A second session that looks who is in the way of the first one, opened only when there is something to look at."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from rowkeep.database.connection.interruptible import InterruptibleConnection
from rowkeep.database.connection.pipeline import ConnectionLost
from rowkeep.database.connection.session import Session
from rowkeep.domain.event import Blocker, Emit, Noted, StageProgress, Waiting
from rowkeep.domain.lint.lock import LockMode
from rowkeep.errors import Unreachable

CONNECT_SECONDS = 3
ANSWER_S = 5.0
"""How long an answer of the second session may take; it is asked nothing that takes long."""
LISTEN_S = 10.0
"""Between two looks whether the server is at work, while it is."""
DOUBTS = 2
"""How often in a row the server must seem idle: its answer may be on the way at the first look."""
TELL_EVERY_S = 5.0

LEAST = {
    LockMode.SHARE: LockMode.ROW_EXCLUSIVE,
    LockMode.SHARE_ROW_EXCLUSIVE: LockMode.ROW_EXCLUSIVE,
    LockMode.EXCLUSIVE: LockMode.ROW_SHARE,
    LockMode.ACCESS_EXCLUSIVE: LockMode.ACCESS_SHARE,
}
"""The weakest lock of somebody else that a strong one waits for (manual, table 13.2); two SHARE go together."""


class BlockerWatch:
    """Who blocks `session`. Where no second connection is to be had (CONNECTION LIMIT), nobody is seen."""

    def __init__(self, session: Session, emit: Emit) -> None:
        self._watched = session
        self._tell = emit
        self._stack = ExitStack()
        self._session: Session | None = None
        self._blind = False
        self._told = float("-inf")
        self._known: frozenset[int] = frozenset()
        self._asked: set[tuple[int, str | None]] = set()
        self._heard = 0.0
        self._doubts = 0

    def find_blockers(self) -> tuple[Blocker, ...]:
        """The sessions that the watched one waits for at this moment."""
        session = self._opened()
        if session is None:
            return ()
        try:
            rows = self._ask(session, "blockers.blocking_sessions", {"pid": self._watched.connection.info.backend_pid})
        except psycopg.Error:
            self._blind = True
            return ()
        return tuple(Blocker(*row) for row in rows)

    def any_left(self, blockers: tuple[Blocker, ...]) -> bool:
        """Whether one of `blockers` is still in the transaction it was seen in, as far as the role may know."""
        session = self._opened()
        seen = [(blocker.pid, blocker.age) for blocker in blockers if blocker.age is not None]
        if session is None or not seen:
            return False
        values = {"pids": [pid for pid, _ in seen], "age": min(age for _, age in seen)}
        try:
            return bool(self._ask(session, "blockers.still_blocking", values)[0][0])
        except psycopg.Error:
            self._blind = True
            return False

    def find_conflicting(
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
            rows = self._ask(session, "blockers.conflicting_sessions", values)
        except psycopg.Error:
            self._blind = True
            return []
        return [(Blocker(*row[:-1]), row[-1]) for row in rows]

    def find_held_locks(self) -> list[tuple[str, str, LockMode]]:
        """The locks of the watched session that stop others: schema and name of the table, and the mode."""
        session = self._opened()
        if session is None:
            return []
        try:
            rows = self._ask(session, "blockers.held_locks", {"pid": self._watched.connection.info.backend_pid})
        except psycopg.Error:
            self._blind = True
            return []
        return [(schema, name, LockMode(mode)) for schema, name, mode in rows]

    def emit(self, what: str, seconds: float, blockers: tuple[Blocker, ...]) -> None:
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
                self._ask(session, "blockers.cancel", {"pid": blocker.pid})
            except psycopg.Error as error:
                why = str(error).strip().splitlines()[0]
                self._tell(Noted(f"session {blocker.pid} could not be cancelled: {why}", warning=True))
            else:
                self._tell(Noted(f"cancelled the query of session {blocker.pid}, as --cancel-blockers asks", True))

    def report_progress(self) -> None:
        """Tell how far the statement at work is, where PostgreSQL counts it."""
        session = self._opened()
        if session is None:
            return
        try:
            rows = self._ask(session, "blockers.progress", {"pid": self._watched.connection.info.backend_pid})
        except psycopg.Error:
            self._blind = True
            return
        for what, done, total, unit in rows[:1]:
            far = f"{what}, {done:,} of {total:,} {unit}" if total else f"{what}, {done:,} {unit}" if done else what
            self._tell(StageProgress("statement", done, total or None, far))

    def check_server(self, quiet: float) -> None:
        """No answer has come for `quiet` seconds: is the server at work? Raises ConnectionLost where it is not.

        A network that drops packets, and a proxy that forgets a connection, say nothing. That the server is at work
        is known only from the server, over a connection of its own.
        """
        if quiet < self._heard:
            self._heard, self._doubts = 0.0, 0
        pause = 1.0 if self._doubts else LISTEN_S
        due = self._heard + pause if self._heard else self._watched.silence_s
        if self._watched.own.pooled or quiet < due:
            return
        self._heard = quiet
        doubt = self._doubt()
        if doubt is None:
            self._doubts = 0
            return
        self._doubts += 1
        if self._doubts >= DOUBTS:
            self._heard, self._doubts = 0.0, 0
            raise ConnectionLost(f"no answer for {quiet:.0f} s, and {doubt}")

    def _doubt(self) -> str | None:
        """Why the server seems not to be at work for the watched session; None where it is, or says something."""
        try:
            rows = self._over_either({"pid": self._watched.connection.info.backend_pid})
        except Unreachable as error:
            # A refusal is an answer: all connections are taken, or the server is stopping.
            refused = "FATAL" in (error.why or "")
            return None if refused else "the server cannot be reached over a new connection either"
        except psycopg.Error:
            return "the server does not answer over a new connection either"
        if not rows:
            return "the server has no such session any more"
        state, waits_for = rows[0]
        if waits_for == "ClientRead" or state == "idle":
            return "the server waits for us: what was sent, or its answer, got lost on the way"
        return None

    def _over_either(self, values: Mapping[str, Any]) -> list[TupleRow]:
        """The answer of the second session, or of a new one. Raises Unreachable, psycopg.Error."""
        if (session := self._opened()) is not None:
            try:
                return self._ask(session, "blockers.activity", values)
            except psycopg.Error:
                self._blind = True
        with self._watched.another(connect_timeout=CONNECT_SECONDS) as new:
            return self._ask(new, "blockers.activity", values)

    def _ask(self, session: Session, name: str, values: Mapping[str, Any]) -> list[TupleRow]:
        """Ask the second session. One that does not answer is given up. Raises psycopg.Error."""
        connection = session.connection
        assert isinstance(connection, InterruptibleConnection)  # session.opened makes no other

        def limit(quiet: float) -> None:
            if quiet > ANSWER_S:
                connection.pgconn.finish()
                raise psycopg.OperationalError("no answer")

        connection.attend = limit
        try:
            return session.ask(name, values)
        finally:
            connection.attend = None

    def close(self) -> None:
        """Close the second session."""
        self._stack.close()

    def _opened(self) -> Session | None:
        if self._blind:
            return None
        if self._session is None:
            try:
                self._session = self._stack.enter_context(self._watched.another(connect_timeout=CONNECT_SECONDS))
            except Unreachable:
                self._blind = True
        return self._session
