"""The connection of another program: nothing secret in its arguments, and the very same server."""

from __future__ import annotations

import os
from collections.abc import Mapping

from psycopg import conninfo as libpq

from rowkeep.config.address import check_address
from rowkeep.database.connection import network
from rowkeep.database.connection.session import Session
from rowkeep.database.connection.tls import find_system_certificates
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass, field
from rowkeep.errors import Misused

LIMITS = (
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "transaction_timeout",
)


@dataclass(frozen=True, slots=True)
class SubprocessConnection:
    """conninfo: for `--dbname`, visible to everybody; environment: what must not be visible."""

    conninfo: str
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


def split_connection(
    conninfo: str, session: Session | None = None, *, application: str = "rowkeep", options: str = ""
) -> SubprocessConnection:
    """Split a connection string into what a process list may show and what it may not.

    session: an open session made from it; where the string names several hosts, the program then gets the one that
    answered. options: for the server, after those of the connection string (`-c NAME=VALUE`). Raises Misused for a
    secret that has no environment variable (`sslpassword`).
    """
    parts = dict(check_address(conninfo).parts)
    environment = {}
    if (certificates := find_system_certificates(parts)) is not None:
        environment["SSL_CERT_FILE"] = certificates
    if "password" in parts:
        environment["PGPASSWORD"] = parts.pop("password")
    if "sslpassword" in parts:
        raise Misused(
            "sslpassword cannot be passed to pg_dump without showing it in the process list",
            code=ErrorCode.SECRET_NOT_PASSABLE,
            instead=("put the connection into a service file and use service=NAME (PostgreSQL manual, 34.17)",),
        )
    if session is not None:
        info = session.connection.info
        parts["host"], parts["port"] = info.host, str(info.port)
        parts.pop("hostaddr", None)
        if info.hostaddr and not info.host.startswith("/"):
            parts["hostaddr"] = info.hostaddr
        parts.pop("target_session_attrs", None)
        parts.pop("load_balance_hosts", None)
        parts["dbname"], parts["user"] = info.dbname, info.user
        if not session.own.pooled:
            options = " ".join([*_options_against_limits(session), options]).strip()
    if options:
        old = parts.get("options") or os.environ.get("PGOPTIONS", "")
        parts["options"] = f"{old} {options}".strip()
    parts["fallback_application_name"] = application
    parts |= network.defaults(parts)
    return SubprocessConnection(libpq.make_conninfo("", **parts), environment)


def _options_against_limits(session: Session) -> list[str]:
    """Options against settings of the role that would end or change the program's session."""
    names = [name for name in LIMITS if name in session.own.before]
    limits = [f"-c {name}=0" for name in names if session.own.before[name] != "0"]
    read_only = session.own.before["default_transaction_read_only"] == "on"
    # Under `off` the NULLs of arrays would be restored as the text 'NULL'.
    nulls_off = session.own.before.get("array_nulls") == "off"
    return [
        *limits,
        *(["-c default_transaction_read_only=off"] if read_only else []),
        *(["-c array_nulls=on"] if nulls_off else []),
    ]
