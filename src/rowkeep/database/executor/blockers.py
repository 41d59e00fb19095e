"""A second session that finds out who is in the way of the first one. It is opened when it is first needed."""

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
"""How long an answer of the second session may take; none of its queries takes long."""
CHECK_SERVER_S = 10.0
"""Seconds between two checks whether the server is working."""
MAX_DOUBTS = 2
"""How often in a row the server must seem idle: at the first check its answer may be on the way."""
REPORT_EVERY_S = 5.0

WEAKEST_CONFLICT = {
    LockMode.SHARE: LockMode.ROW_EXCLUSIVE,
    LockMode.SHARE_ROW_EXCLUSIVE: LockMode.ROW_EXCLUSIVE,
    LockMode.EXCLUSIVE: LockMode.ROW_SHARE,
    LockMode.ACCESS_EXCLUSIVE: LockMode.ACCESS_SHARE,
}
"""The weakest lock of another session that conflicts with a strong one (manual, table 13.2)."""


class BlockerWatch:
    """Finds the blockers of `session`. If there is no second connection (CONNECTION LIMIT), it finds none."""

    def __init__(self, session: Session, emit: Emit) -> None:
        self._watched = session
        self._emit = emit
        self._stack = ExitStack()
        self._session: Session | None = None
        self._blind = False
        self._reported = float("-inf")
        self._reported_pids: frozenset[int] = frozenset()
        self._cancelled: set[tuple[int, str | None]] = set()
        self._checked = 0.0
        self._doubts = 0

    def find_blockers(self) -> tuple[Blocker, ...]:
        """The sessions that the watched one waits for now."""
        session = self._open()
        if session is None:
            return ()
        try:
            rows = self._ask(session, "blockers.blocking_sessions", {"pid": self._watched.connection.info.backend_pid})
        except psycopg.Error:
            self._blind = True
            return ()
        return tuple(Blocker(*row) for row in rows)

    def any_left(self, blockers: tuple[Blocker, ...]) -> bool:
        """Whether one of `blockers` is still in the transaction in which it was seen, as far as the role may know."""
        session = self._open()
        known = [(blocker.pid, blocker.age) for blocker in blockers if blocker.age is not None]
        if session is None or not known:
            return False
        values = {"pids": [pid for pid, _ in known], "age": min(age for _, age in known)}
        try:
            return bool(self._ask(session, "blockers.still_blocking", values)[0][0])
        except psycopg.Error:
            self._blind = True
            return False

    def find_conflicting(
        self, locks: Mapping[tuple[str | None, str], LockMode], schemas: tuple[str, ...]
    ) -> list[tuple[Blocker, str]]:
        """The sessions that hold or wait for a conflicting lock, each with its virtual transaction.

        locks: strong locks, by schema (None: one of `schemas`) and name of the table.
        """
        session = self._open()
        if session is None:
            return []
        values = {
            "names": [name for _, name in locks],
            "schemas": [schema for schema, _ in locks],
            "modes": [mode.value for mode in locks.values()],
            "least": [WEAKEST_CONFLICT[mode].strength for mode in locks.values()],
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
        """The locks of the watched session that block others: schema and name of the table, and the mode."""
        session = self._open()
        if session is None:
            return []
        try:
            rows = self._ask(session, "blockers.held_locks", {"pid": self._watched.connection.info.backend_pid})
        except psycopg.Error:
            self._blind = True
            return []
        return [(schema, name, LockMode(mode)) for schema, name, mode in rows]

    def read_catalog(self, values: Mapping[str, Any]) -> list[TupleRow] | None:
        """What others see of the catalog (`guard.state`); None if there is no second connection."""
        session = self._open()
        if session is None:
            return None
        try:
            return self._ask(session, "guard.state", values, prepared=True)
        except psycopg.Error:
            self._blind = True
            return None

    def emit(self, what: str, seconds: float, blockers: tuple[Blocker, ...]) -> None:
        """Report a wait for `what`: the first time, when another session is in the way, and every few seconds."""
        if seconds < self._reported:
            self._reported = float("-inf")
        pids = frozenset(blocker.pid for blocker in blockers)
        if seconds - self._reported >= REPORT_EVERY_S or pids - self._reported_pids:
            self._reported, self._reported_pids = seconds, pids
            self._emit(Waiting(what, seconds, blockers))

    def cancel(self, blockers: tuple[Blocker, ...]) -> None:
        """Cancel the queries of these sessions, each once, and report it. An idle session is left alone."""
        for blocker in blockers:
            running = (blocker.pid, blocker.query)
            if running in self._cancelled or (session := self._open()) is None:
                continue
            self._cancelled.add(running)
            if blocker.pid == 0 or blocker.state not in ("active", None):
                end = f"SELECT pg_terminate_backend({blocker.pid})"
                self._emit(Noted(f"session {blocker.pid} runs no query that could be cancelled; {end} ends it", True))
                continue
            try:
                self._ask(session, "blockers.cancel", {"pid": blocker.pid})
            except psycopg.Error as error:
                why = str(error).strip().splitlines()[0]
                self._emit(Noted(f"session {blocker.pid} could not be cancelled: {why}", warning=True))
            else:
                self._emit(Noted(f"cancelled the query of session {blocker.pid}, as --cancel-blockers asks", True))

    def report_progress(self) -> None:
        """Report the progress of the running statement, if PostgreSQL counts it."""
        session = self._open()
        if session is None:
            return
        try:
            rows = self._ask(session, "blockers.progress", {"pid": self._watched.connection.info.backend_pid})
        except psycopg.Error:
            self._blind = True
            return
        for what, done, total, unit in rows[:1]:
            counted = f"{done:,} of {total:,} {unit}" if total else f"{done:,} {unit}" if done else ""
            text = f"{what}, {counted}" if counted else what
            self._emit(StageProgress("statement", done, total or None, text))

    def check_server(self, quiet: float) -> None:
        """Check, after `quiet` seconds without an answer, that the server is working. Raises ConnectionLost if not.

        A network that drops packets, or a proxy that forgets a connection, sends no error. Only the server itself can
        say that it is working, over another connection.
        """
        if quiet < self._checked:
            self._checked, self._doubts = 0.0, 0
        interval = 1.0 if self._doubts else CHECK_SERVER_S
        due = self._checked + interval if self._checked else self._watched.silence_s
        if self._watched.own.pooled or quiet < due:
            return
        self._checked = quiet
        doubt = self._find_doubt()
        if doubt is None:
            self._doubts = 0
            return
        self._doubts += 1
        if self._doubts >= MAX_DOUBTS:
            self._checked, self._doubts = 0.0, 0
            raise ConnectionLost(f"no answer for {quiet:.0f} s, and {doubt}")

    def _find_doubt(self) -> str | None:
        """Why the server does not seem to work for the watched session; None if it does, or if it answers."""
        try:
            rows = self._query_activity({"pid": self._watched.connection.info.backend_pid})
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

    def _query_activity(self, values: Mapping[str, Any]) -> list[TupleRow]:
        """Ask the second session, or a new one, what the watched one does. Raises Unreachable, psycopg.Error."""
        if (session := self._open()) is not None:
            try:
                return self._ask(session, "blockers.activity", values)
            except psycopg.Error:
                self._blind = True
        with self._watched.another(connect_timeout=CONNECT_SECONDS) as new:
            return self._ask(new, "blockers.activity", values)

    def _ask(
        self, session: Session, name: str, values: Mapping[str, Any], *, prepared: bool = False
    ) -> list[TupleRow]:
        """Run a query in the second session. Close it if it does not answer. Raises psycopg.Error."""
        connection = session.connection
        assert isinstance(connection, InterruptibleConnection)  # open_connection makes no other

        def limit(quiet: float) -> None:
            if quiet > ANSWER_S:
                connection.pgconn.finish()
                raise psycopg.OperationalError("no answer")

        connection.attend = limit
        try:
            return session.ask_prepared(name, values) if prepared else session.ask(name, values)
        finally:
            connection.attend = None

    def close(self) -> None:
        """Close the second session."""
        self._stack.close()

    def _open(self) -> Session | None:
        if self._blind:
            return None
        if self._session is None:
            try:
                self._session = self._stack.enter_context(self._watched.another(connect_timeout=CONNECT_SECONDS))
            except Unreachable:
                self._blind = True
        return self._session
