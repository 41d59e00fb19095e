"""Everything a server can tell `doctor`: questions only, nothing is changed, and a refused question stops no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import time
from typing import Any

import psycopg

from rowkeep.database.connection.session import Session
from rowkeep.domain.doctor_facts import (
    Collation,
    ConnectionFacts,
    DatabaseFacts,
    OpenTransaction,
    ReplicationSlot,
    RoleRights,
    ServerFacts,
    Standby,
    Unavailable,
)
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.history.state import State
from rowkeep.errors import Refused, RowkeepError, Unreachable

PULSES = 4
LONG = 60.0
"""Seconds after which an open transaction is told of."""


def measure_database(session: Session, schema: str, look: Callable[[Session], State]) -> DatabaseFacts:
    """All facts of the database. schema: of the history table; look: the look that a run takes, too.

    Raises Unreachable when the connection is lost on the way.
    """
    try:
        return _measure(session, schema, look)
    except psycopg.Error as error:
        raise Unreachable(
            "the connection was lost while the server was being queried",
            code=ErrorCode.CONNECTION_LOST,
            why=str(error).strip(),
        ) from None


def _measure(session: Session, schema: str, look: Callable[[Session], State]) -> DatabaseFacts:
    connection = _connection(session)
    questions = _DoctorQueries(session)
    server = ServerFacts(*questions.ask("doctor.server")[0])
    rights = questions.ask("doctor.rights", {"schema": schema})
    settable = questions.ask("doctor.parameter_from15", {"name": "deadlock_timeout"}) if server.major >= 15 else []
    collation = questions.ask("doctor.database_collation_from15") if server.major >= 15 else []
    state, unsafe = _state(session, look, questions.unanswered)
    return DatabaseFacts(
        server=server,
        connection=connection,
        rights=_rights(rights[0]) if rights else None,
        settings=_settings(session, questions),
        aside=session.own.aside,
        replica_aside="session_replication_role" in session.own.ours,
        overrides=tuple((role, base, each) for role, base, each in questions.ask("doctor.overrides")),
        extensions=tuple((name, version) for name, version, _ in questions.ask("doctor.extensions")),
        open=tuple(OpenTransaction(*row) for row in questions.ask("doctor.activity", {"age": LONG})),
        prepared=tuple((gid, role, seconds) for gid, role, seconds in questions.ask("doctor.prepared")),
        slots=tuple(ReplicationSlot(*row) for row in questions.ask("doctor.slots")),
        standbys=tuple(Standby(*row) for row in questions.ask("doctor.standbys")),
        publications=tuple((kind, name, of_all) for kind, name, of_all in questions.ask("doctor.publications")),
        tables=tuple((trouble, name) for trouble, name in questions.ask("doctor.tables")),
        event_triggers=tuple(name for name, _, off in questions.ask("doctor.event_triggers") if not off),
        collation_now=collation[0][0] if collation else None,
        collations=tuple(Collation(*row) for row in questions.ask("doctor.collations")),
        may_set=settable[0][0] if settable else None,
        state=state,
        unsafe=unsafe,
        unanswered=tuple(questions.unanswered),
    )


class _DoctorQueries:
    """Asks one question a transaction, each with a limit of its own, and remembers what was refused."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.unanswered: list[tuple[str, str]] = []

    def ask(self, name: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        try:
            # SET LOCAL: behind a pooler a plain SET would stay for the next client of the server process.
            with self.session.connection.transaction():
                self.session.connection.execute("SET LOCAL statement_timeout = '15s'")
                return self.session.ask(name, values)
        except psycopg.Error as error:
            if self.session.connection.closed or name == "doctor.server":
                raise
            self.unanswered.append((name.replace(".", "_"), error.diag.message_primary or str(error).strip()))
            return []


def _settings(session: Session, questions: _DoctorQueries) -> dict[str, str]:
    """The settings as role, database and server have them, not as our own session has set them."""
    before = session.own.before
    return {name: before.get(name, value) for name, value, _ in questions.ask("doctor.settings")}


def _rights(row: tuple[Any, ...]) -> RoleRights:
    frozen: tuple[Any, ...] = tuple(tuple(each) if isinstance(each, list) else each for each in row)
    return RoleRights(*frozen)


def _connection(session: Session) -> ConnectionFacts:
    beats = [_heartbeat(session) for _ in range(PULSES)]
    seconds, skew = min((seconds, skew) for _, seconds, skew in beats)
    info = session.connection.info
    return ConnectionFacts(
        host=info.host,
        port=info.port,
        encrypted=bool(session.connection.pgconn.ssl_in_use),
        sslmode=info.get_parameters().get("sslmode", "prefer"),
        login_pid=session.connection.pgconn.backend_pid,
        pids=tuple(pid for pid, _, _ in beats),
        seconds=seconds,
        skew=skew,
    )


def _heartbeat(session: Session) -> tuple[int, float, float]:
    """The server process, the time its answer took, and its clock against the middle of that time."""
    asked = time()
    pid, there = session.ask("doctor.pulse")[0]
    answered = time()
    return pid, answered - asked, there - (asked + answered) / 2


def _state(
    session: Session, look: Callable[[Session], State], unanswered: list[tuple[str, str]]
) -> tuple[State | None, Unavailable | None]:
    """What a run sees, or why one of its tables must not be read."""
    try:
        return look(session), None
    except Refused as refused:
        return None, Unavailable(f"{refused.where}: {refused.what}", refused.why or "", refused.instead)
    except psycopg.Error as error:
        unanswered.append(("history", error.diag.message_primary or str(error).strip()))
    except RowkeepError as error:
        unanswered.append(("history", error.what))
    return None, None
