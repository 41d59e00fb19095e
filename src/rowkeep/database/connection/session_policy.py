"""The session policy: how a run's session treats other sessions. Applied once, before anything is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from rowkeep.database.connection import run_lock
from rowkeep.database.connection.client_process import own_process
from rowkeep.database.connection.session import Question, Session, run_queries
from rowkeep.domain.client import LockHolder
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit
from rowkeep.domain.frozen import dataclass
from rowkeep.errors import Refused

if TYPE_CHECKING:
    from rowkeep.config import Settings

RUN_LOCK_KEY = 7241865325823964
"""node-pg-migrate's own key: each tool keeps the other out."""

IDLE_TIMEOUT = "60s"
"""How long a transaction of a run may wait for its client."""
CHECK = "client_connection_check_interval"
CLIENT_CHECK_INTERVAL = "500ms"
"""How soon the server notices that the client died, also during a statement. Not on every system."""


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """The rules of a run. lock_timeout_ms: of one attempt; lock_deadline_s: of all; wait_s: for the run lock.

    statement_timeout_ms: 0 is no limit, whatever the role's own setting is. schemas: the search path of migrations.
    cancel_blockers: queries in the way of a strong lock are cancelled. hold_limit_s: how long a lock that blocks the
    application may be held; 0 is no limit. end_orphan: a session that holds the run lock and whose client is known to
    be gone is ended.
    """

    schemas: tuple[str, ...] = ("public",)
    create_schemas: bool = False
    run_lock_key: int = RUN_LOCK_KEY
    wait_s: float = 0.0
    lock_timeout_ms: int = 50
    lock_deadline_s: float = 60.0
    statement_timeout_ms: int = 0
    cancel_blockers: bool = False
    hold_limit_s: float = 30.0
    end_orphan: bool = False

    def search_path(self, session: Session) -> str:
        """The schemas, quoted, as `search_path` takes them."""
        parts = [sql.Identifier(schema).as_string(session.connection) for schema in self.schemas]
        return ", ".join(parts)


def session_policy(settings: Settings) -> SessionPolicy:
    """The session policy of the configuration."""
    return SessionPolicy(
        settings.schemas,
        settings.create_schemas,
        settings.run_lock_key,
        settings.wait_s,
        settings.lock_timeout_ms,
        settings.lock_deadline_s,
        settings.statement_timeout_ms,
        settings.cancel_blockers,
        settings.hold_limit_s,
        settings.end_orphan,
    )


def apply_session_policy(session: Session, rules: SessionPolicy) -> None:
    """Apply the policy to `session`. Raises Refused behind a pooler in transaction mode."""
    with run_queries("the session could not be set up"):
        settings = _policy_settings(session, rules)
        pid = session.connection.info.backend_pid
        if not _set_policy(session, settings, pid):
            use_own_settings(session)
            _set_policy(session, settings, _backend_pid(session))


def apply_policy_and_try_lock(session: Session, rules: SessionPolicy) -> bool:
    """Apply the policy as above, and acquire the run lock if it is free, in one round trip. Returns whether it was.

    A session that a pooler lends never acquires it here.
    """
    settings = _policy_settings(session, rules)
    pid = session.connection.info.backend_pid
    try:
        policy, locks = session.ask_together(
            _policy_question(session, settings, pid),
            Question("run_lock.try_lock_in_process", {"key": rules.run_lock_key, "pid": pid}),
        )
    except psycopg.errors.DatabaseError:
        # Together they are all or nothing; one after the other they say what is wrong.
        apply_session_policy(session, rules)
        return False
    if not _note_policy(session, settings, policy):
        apply_session_policy(session, rules)
    return bool(locks[0][0])


def _policy_settings(session: Session, rules: SessionPolicy) -> dict[str, str]:
    mark = own_process().mark
    return {
        "idle_in_transaction_session_timeout": IDLE_TIMEOUT,
        # The name identifies the process, so that others can see whether it still runs (docs/decisions/0580).
        "application_name": session.own.before["application_name"][: 63 - len(mark)] + mark,
        # An autovacuum cancels itself only for a session that has waited this long.
        "deadlock_timeout": f"{max(10, rules.lock_timeout_ms // 2)}ms",
        CHECK: CLIENT_CHECK_INTERVAL,
    }


def _set_policy(session: Session, settings: Mapping[str, str], pid: int) -> bool:
    """Set what the role may set, if the server process `pid` answers. Returns whether it does.

    Raises psycopg.Error.
    """
    question = _policy_question(session, settings, pid)
    try:
        rows = session.ask(question.name, question.values)
    except psycopg.errors.DatabaseError:
        if CHECK not in settings:
            raise
        # Some systems cannot tell a closed socket from a silent one; there, a dead client is noticed later.
        return _set_policy(session, {name: value for name, value in settings.items() if name != CHECK}, pid)
    return _note_policy(session, settings, rows)


def _policy_question(session: Session, settings: Mapping[str, str], pid: int) -> Question:
    values = {"names": list(settings), "values": list(settings.values()), "pid": pid}
    return Question(f"session.set_policy_{'from15' if session.major >= 15 else 'before15'}", values)


def _note_policy(session: Session, settings: Mapping[str, str], rows: Iterable[TupleRow]) -> bool:
    """Note what was set. Returns whether it was set in the server process that was meant."""
    listed = list(rows)
    session.own.ours.update({name: settings[name] for name, now, _ in listed if now is not None})
    return all(is_process for _, _, is_process in listed)


@contextmanager
def hold_run_lock(
    session: Session, rules: SessionPolicy, emit: Emit, *, acquired: bool = False
) -> Iterator[tuple[LockHolder, ...]]:
    """Hold the run lock under these rules. acquired: the session has it already. Gives the orphans that were ended."""
    with run_lock.hold_run_lock(
        session,
        key=rules.run_lock_key,
        wait_s=rules.wait_s,
        emit=emit,
        end_orphan=rules.end_orphan,
        acquired=acquired,
    ) as ended:
        yield ended


def use_own_settings(session: Session) -> None:
    """Set our own settings also behind a pooler in session mode. Raises Refused behind one in transaction mode."""
    refuse_transaction_pooling(session)
    if session.own.pooled:
        session.set_own_settings()


def refuse_transaction_pooling(session: Session) -> None:
    """Raise Refused behind a pooler in transaction mode: settings and locks would be in other clients' sessions.

    Behind a pooler, another server process answers than the one named at the start of the connection. If a second
    connection, opened while the first is open, gets the same process, sessions are shared.
    """
    if _backend_pid(session) == session.connection.info.backend_pid:
        return
    with session.another() as second:
        shared = any(_backend_pid(second) == _backend_pid(session) for _ in range(3))
    if shared:
        raise Refused(
            "a pooler in transaction mode (such as PgBouncer) stands before the database",
            code=ErrorCode.TRANSACTION_POOLER,
            why="it lends one server session to many clients: lock and timeouts would be the application's too",
            instead=("give the address of PostgreSQL itself, or of a pool in session mode",),
        )


def _backend_pid(session: Session) -> int:
    pid: int = session.ask("session.backend_pid")[0][0]
    return pid
