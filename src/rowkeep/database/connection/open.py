"""Opens a connection and gives it our own settings."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import conninfo as libpq
from psycopg.rows import TupleRow

from rowkeep.config.address import UnreadableAddress, check_address, parse_address
from rowkeep.database.connection import network
from rowkeep.database.connection.interruptible import InterruptibleConnection
from rowkeep.database.connection.own_settings import BASE, FROM_17, READ_ONLY, OwnSettings
from rowkeep.database.connection.tls import with_system_certificates
from rowkeep.database.queries import load_query
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused, Unreachable
from rowkeep.knowledge.connection_errors import connection_error_code


def open_connection(conninfo: str, *, application: str = "rowkeep", **options: Any) -> psycopg.Connection[TupleRow]:
    """Open a connection in autocommit mode, with UTF-8, in the server's own time zone. Raises Unreachable, Misused."""
    _refuse_time_zone_variable()
    parts: dict[str, Any] = with_system_certificates(check_address(conninfo).parts)
    try:
        parts |= {"fallback_application_name": application, "client_encoding": "UTF8"}
        parts |= {key: value for key, value in network.defaults(parts).items() if key not in options}
        connection = InterruptibleConnection.connect(
            libpq.make_conninfo("", **parts),
            autocommit=True,
            # Migrations change the tables of a prepared statement's plan, and may run DEALLOCATE ALL.
            prepare_threshold=None,
            **options,
        )
    except psycopg.Error as error:
        raise Unreachable(
            "cannot connect to the database",
            code=connection_error_code(str(error)),
            where=mask_conninfo(conninfo),
            why=str(error).strip(),
            instead=("rowkeep doctor",),
        ) from None
    _contact.set()
    return connection


_contact = threading.Event()


def connected_once() -> bool:
    """Whether this process has ever been connected to a server."""
    return _contact.is_set()


def _refuse_time_zone_variable() -> None:
    """Raise Misused if libpq would set the session's time zone: `run_on` of the history is in the server's local time.

    The command line drops the variable when it starts. A library does not change the environment of its process.
    """
    zone = os.environ.get("PGTZ")
    if zone is not None and zone.lower() != "default":
        raise Misused(
            "PGTZ is set: the history would be written in another time zone than the server's",
            code=ErrorCode.INVALID_USAGE,
            where=f"PGTZ={zone}",
            instead=("unset PGTZ in this process, or set PGTZ=default",),
        )


def apply_own_settings(connection: psycopg.Connection[TupleRow]) -> OwnSettings:
    """Give a new session our own settings. Nothing is set in a session that a pooler lends. Raises Unreachable."""
    version = connection.info.server_version
    ours = {**BASE, **(FROM_17 if version >= 170000 else {}), **network.of_server(connection.pgconn)}
    # Not NULL for those that are only read: under `array_nulls = off` NULL would become the text 'NULL'.
    names = {**ours, **dict.fromkeys(READ_ONLY, "")}
    values = {"pid": connection.info.backend_pid, "names": list(names), "values": list(names.values())}
    try:
        try:
            rows = connection.execute(load_query("session.begin"), values).fetchall()
        except psycopg.errors.QueryCanceled:
            # The role's own limit is shorter than our query takes.
            connection.execute("SET statement_timeout = 0")
            rows = connection.execute(load_query("session.begin"), values).fetchall()
    except psycopg.Error as error:
        connection.close()
        raise Unreachable(
            "the session could not be set up",
            code=ErrorCode.SESSION_SETUP_FAILED,
            why=str(error).strip(),
            sqlstate=error.sqlstate,
            instead=("rowkeep doctor",),
        ) from None
    pooled = any(now is None for _, _, now in rows)
    own = OwnSettings(ours, {name: before for name, before, _ in rows}, foreign=pooled, pooled=pooled)
    if own.before["session_replication_role"] != "origin" and not pooled:
        # Only a superuser can give a role this setting, and only a superuser can override it.
        with suppress(psycopg.errors.InsufficientPrivilege):
            connection.execute("SET session_replication_role = origin")
            ours["session_replication_role"] = "origin"
    return own


def mask_conninfo(conninfo: str) -> str:
    """Host, port, database and user of a connection string, without anything secret."""
    try:
        return parse_address(conninfo).without_secrets
    except UnreadableAddress:
        return "an address that cannot be read"
