"""A connection that fails has a code that says how, and its text holds no password."""

from __future__ import annotations

import socket

import pytest
from psycopg import conninfo

from rowkeep.database.connection.session import connect
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Unreachable
from rowkeep.knowledge.connection_errors import connection_error_code

SECRET = "hunter2-never-shown"


def failure(address: str) -> Unreachable:
    with pytest.raises(Unreachable) as caught, connect(address):
        pass
    assert SECRET not in str(caught.value)
    assert str(caught.value).startswith("cannot connect to the database (")
    assert "\n" not in str(caught.value)
    return caught.value


def test_nothing_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = failure(f"postgresql://app:{SECRET}@127.0.0.1:{port}/shop")
    assert error.code is ErrorCode.CONNECTION_REFUSED
    assert "Connection refused" in str(error)


def test_no_such_host() -> None:
    error = failure(f"postgresql://app:{SECRET}@no-such-host.invalid/shop")
    assert error.code is ErrorCode.HOST_NOT_FOUND


def test_no_such_socket() -> None:
    error = failure(f"host=/nonexistent-directory dbname=shop password={SECRET}")
    assert error.code is ErrorCode.HOST_NOT_FOUND


def test_no_such_database(database: str) -> None:
    error = failure(conninfo.make_conninfo(database, dbname="no_such_database", password=SECRET))
    assert error.code is ErrorCode.DATABASE_NOT_FOUND


def test_no_such_role(database: str) -> None:
    error = failure(conninfo.make_conninfo(database, user="no_such_role", password=SECRET))
    assert error.code is ErrorCode.AUTHENTICATION_FAILED


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("server does not support SSL, but SSL was required", ErrorCode.TLS_FAILED),
        ("SSL error: certificate verify failed", ErrorCode.TLS_FAILED),
        ("FATAL:  sorry, too many clients already", ErrorCode.TOO_MANY_CONNECTIONS),
        ('FATAL:  too many connections for role "app"', ErrorCode.TOO_MANY_CONNECTIONS),
        ("FATAL:  the database system is starting up", ErrorCode.SERVER_NOT_READY),
        ('FATAL:  password authentication failed for user "app"', ErrorCode.AUTHENTICATION_FAILED),
        ("connection timeout expired", ErrorCode.CONNECTION_TIMEOUT),
        ("something new", ErrorCode.CONNECTION_FAILED),
    ],
)
def test_words_of_libpq_and_the_server(words: str, code: ErrorCode) -> None:
    assert connection_error_code(words) is code
