"""`sslrootcert=system` verifies with psycopg's own OpenSSL: a real server behind a certificate of ours."""

from __future__ import annotations

import os
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from rowkeep.database.connection import tls
from rowkeep.database.connection.session import connect
from rowkeep.database.connection.subprocess_env import split_connection
from rowkeep.errors import Misused, Unreachable

CERTIFICATE = Path(__file__).parent / "tls" / "localhost.pem"
NOWHERE = ssl.DefaultVerifyPaths(None, None, "SSL_CERT_FILE", "/nowhere", "SSL_CERT_DIR", "/nowhere")


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has said where certificates are; what is set here is forgotten afterwards."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "PGSSLROOTCERT"):
        monkeypatch.setenv(name, "forget me")
        monkeypatch.delenv(name)


@pytest.mark.majors(18)
def test_the_systems_certificates_are_found(database, unset, monkeypatch):
    parts = psycopg.conninfo.conninfo_to_dict(database)
    with terminator(f"{parts['host']}/.s.PGSQL.{parts['port']}") as port:
        through = psycopg.conninfo.make_conninfo(
            database, host="localhost", hostaddr="127.0.0.1", port=port, sslmode="verify-full", sslrootcert="system"
        )
        with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
            psycopg.connect(through)
        # This machine's own certificates do not vouch for ours, but they are asked.
        with pytest.raises(Unreachable) as caught, connect(through):
            pass
        assert "certificate verify failed" in caught.value.why
        # On a system that keeps ours among its own, the same connection string works.
        monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: NOWHERE)
        monkeypatch.setattr(tls, "KNOWN", ("/not/there.pem", str(CERTIFICATE)))
        with connect(through) as session:
            assert session.connection.pgconn.ssl_in_use
            # pg_dump needs the file, too; this process keeps the environment it was started with.
            assert split_connection(through, session).environment["SSL_CERT_FILE"] == str(CERTIFICATE)
        assert "SSL_CERT_FILE" not in os.environ


@pytest.mark.parametrize(
    ("parameters", "variables"),
    [
        ({}, {}),
        ({"sslrootcert": "/my/root.pem"}, {}),
        ({"sslrootcert": "system"}, {"SSL_CERT_FILE": "/mine.pem"}),
        ({"sslrootcert": "system"}, {"SSL_CERT_DIR": "/mine"}),
    ],
)
def test_the_user_wins(unset, monkeypatch, parameters, variables):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert tls.with_system_certificates(parameters) == parameters
    assert os.environ.get("SSL_CERT_FILE") == variables.get("SSL_CERT_FILE")


@pytest.mark.parametrize("mode", ["require", "verify-ca"])
def test_a_weaker_sslmode_is_left_for_libpq_to_refuse(unset, monkeypatch, mode):
    monkeypatch.setattr(tls, "KNOWN", (str(CERTIFICATE),))
    parameters = {"sslrootcert": "system", "sslmode": mode}
    assert tls.with_system_certificates(parameters) == parameters
    with pytest.raises(Unreachable) as caught, connect(psycopg.conninfo.make_conninfo("host=localhost", **parameters)):
        pass
    assert "sslrootcert=system" in caught.value.why


def test_libpqs_variable_counts_too(unset, monkeypatch):
    monkeypatch.setenv("PGSSLROOTCERT", "system")
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: NOWHERE)
    monkeypatch.setattr(tls, "KNOWN", (str(CERTIFICATE),))
    assert tls.with_system_certificates({}) == {"sslrootcert": str(CERTIFICATE), "sslmode": "verify-full"}


def test_a_time_zone_variable_is_refused_and_left_alone(monkeypatch):
    monkeypatch.setenv("PGTZ", "America/New_York")
    with pytest.raises(Misused, match="PGTZ is set"), connect("host=localhost"):
        pass
    assert os.environ["PGTZ"] == "America/New_York"


@pytest.mark.majors(18)
def test_libpqs_word_for_no_time_zone_is_accepted(database, monkeypatch):
    monkeypatch.setenv("PGTZ", "default")
    with connect(database) as session:
        assert session.connection.execute("SELECT source FROM pg_settings WHERE name = 'TimeZone'").fetchone() != (
            "client",
        )


@contextmanager
def terminator(path: str) -> Iterator[int]:
    """TLS in front of a server's unix socket, as a provider's proxy does it; its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_accept, args=(listener, path), daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def _accept(listener: socket.socket, path: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, CERTIFICATE.with_suffix(".key"))
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_carry, args=(client, context, path), daemon=True).start()


def _carry(client: socket.socket, context: ssl.SSLContext, path: str) -> None:
    with suppress(OSError), client:
        while True:
            _, code = struct.unpack("!ii", client.recv(8))
            client.sendall(b"S" if code == 80877103 else b"N")  # SSLRequest; GSSENCRequest is declined
            if code == 80877103:
                break
        with context.wrap_socket(client, server_side=True) as secure, socket.socket(socket.AF_UNIX) as server:
            server.connect(path)
            threading.Thread(target=_pour, args=(server, secure), daemon=True).start()
            _pour(secure, server)


def _pour(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
