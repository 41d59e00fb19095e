"""A connection to PostgreSQL, and the only way to ask it something: a question is a .sql file of this room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import resources
from typing import Any

import psycopg
from psycopg import conninfo as libpq
from psycopg.rows import TupleRow

from rowkeep.errors import Unreachable


@cache
def question(name: str) -> bytes:
    """The text of `<name>.sql` in this room."""
    return (resources.files(__package__) / f"{name}.sql").read_bytes()


class Session:
    """One open connection in autocommit mode. Never repr()ed: the connection string may hold a password."""

    def __init__(self, connection: psycopg.Connection[TupleRow]) -> None:
        self.connection = connection

    @property
    def major(self) -> int:
        """The server's major version."""
        return self.connection.info.server_version // 10000

    @property
    def version_num(self) -> int:
        """The server's version as `server_version_num` (170011)."""
        return self.connection.info.server_version

    def ask(self, name: str, values: Mapping[str, Any] | None = None) -> list[TupleRow]:
        """The rows that the question `<name>.sql` returns. Without values, a % in the file is a %."""
        return self.connection.execute(question(name), values).fetchall()


@contextmanager
def connect(conninfo: str, *, application: str = "rowkeep", **options: Any) -> Iterator[Session]:
    """Open a session and close it at the end.

    conninfo: a URL or libpq connection string ('' = libpq's own PG* variables). Raises Unreachable, which names
    host, port, database and user, and never the password.
    """
    try:
        connection = psycopg.connect(
            libpq.make_conninfo(conninfo, fallback_application_name=application), autocommit=True, **options
        )
    except psycopg.Error as error:
        raise Unreachable(
            "cannot connect to the database",
            where=masked(conninfo),
            why=str(error).strip(),
            instead=("rowkeep doctor",),
        ) from None
    try:
        yield Session(connection)
    finally:
        connection.close()


def masked(conninfo: str) -> str:
    """Host, port, database and user of a connection string, without anything secret."""
    try:
        parts = libpq.conninfo_to_dict(conninfo)
    except psycopg.Error:
        return "a connection string that libpq cannot read"
    shown = ("host", "hostaddr", "port", "dbname", "user", "service", "sslmode")
    return " ".join(f"{key}={parts[key]}" for key in shown if parts.get(key)) or "libpq's defaults"
