"""Reads the facts for `doctor`. Nothing is changed, and a refused query does not stop the others."""

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
"""Seconds after which an open transaction is reported."""


def measure_database(session: Session, schema: str, read_state: Callable[[Session], State]) -> DatabaseFacts:
    """All facts of the database. schema: of the history table; read_state: reads the state, as a run does.

    Raises Unreachable if the connection is lost.
    """
    try:
        return _measure(session, schema, read_state)
    except psycopg.Error as error:
        raise Unreachable(
            "the connection was lost while the server was being queried",
            code=ErrorCode.CONNECTION_LOST,
            why=str(error).strip(),
        ) from None


def _measure(session: Session, schema: str, read_state: Callable[[Session], State]) -> DatabaseFacts:
    connection = _connection(session)
    queries = _DoctorQueries(session)
    server = ServerFacts(*queries.ask("doctor.server")[0])
    rights = queries.ask("doctor.rights", {"schema": schema})
    settable = queries.ask("doctor.parameter_from15", {"name": "deadlock_timeout"}) if server.major >= 15 else []
    collation = queries.ask("doctor.database_collation_from15") if server.major >= 15 else []
    state, unsafe = _state(session, read_state, queries.unanswered)
    return DatabaseFacts(
        server=server,
        connection=connection,
        rights=_rights(rights[0]) if rights else None,
        settings=_settings(session, queries),
        aside=session.own.overridden,
        replica_aside="session_replication_role" in session.own.ours,
        overrides=tuple((role, database, setting) for role, database, setting in queries.ask("doctor.overrides")),
        extensions=tuple((name, version) for name, version, _ in queries.ask("doctor.extensions")),
        open=tuple(OpenTransaction(*row) for row in queries.ask("doctor.activity", {"age": LONG})),
        prepared=tuple((gid, role, seconds) for gid, role, seconds in queries.ask("doctor.prepared")),
        slots=tuple(ReplicationSlot(*row) for row in queries.ask("doctor.slots")),
        standbys=tuple(Standby(*row) for row in queries.ask("doctor.standbys")),
        publications=tuple((kind, name, of_all) for kind, name, of_all in queries.ask("doctor.publications")),
        tables=tuple((trouble, name) for trouble, name in queries.ask("doctor.tables")),
        event_triggers=tuple(name for name, _, off in queries.ask("doctor.event_triggers") if not off),
        collation_now=collation[0][0] if collation else None,
        collations=tuple(Collation(*row) for row in queries.ask("doctor.collations")),
        may_set=settable[0][0] if settable else None,
        state=state,
        unsafe=unsafe,
        unanswered=tuple(queries.unanswered),
    )


class _DoctorQueries:
    """Runs each query in a transaction with a time limit of its own, and notes the refused ones."""

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


def _settings(session: Session, queries: _DoctorQueries) -> dict[str, str]:
    """The settings as role, database and server have them, not as our own session has set them."""
    before = session.own.before
    return {name: before.get(name, value) for name, value, _ in queries.ask("doctor.settings")}


def _rights(row: tuple[Any, ...]) -> RoleRights:
    frozen: tuple[Any, ...] = tuple(tuple(value) if isinstance(value, list) else value for value in row)
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
    before = time()
    pid, server_time = session.ask("doctor.pulse")[0]
    after = time()
    return pid, after - before, server_time - (before + after) / 2


def _state(
    session: Session, read_state: Callable[[Session], State], unanswered: list[tuple[str, str]]
) -> tuple[State | None, Unavailable | None]:
    """The state that a run would see, or why one of its tables must not be read."""
    try:
        return read_state(session), None
    except Refused as refused:
        return None, Unavailable(f"{refused.where}: {refused.what}", refused.why or "", refused.instead)
    except psycopg.Error as error:
        unanswered.append(("history", error.diag.message_primary or str(error).strip()))
    except RowkeepError as error:
        unanswered.append(("history", error.what))
    return None, None
