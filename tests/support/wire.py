"""A proxy before a server that records what a client asks, one round trip after another."""

from __future__ import annotations

import socket
import struct
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg.conninfo

STARTUP = "(startup)"
"""Stands for the startup of a connection."""

CANCEL = 80877102
"""The code of a CancelRequest (manual, 54.7)."""


@dataclass(frozen=True)
class RoundTrip:
    """What a client sent before it waited for an answer. connection: its number, from 0. statements: in order."""

    connection: int
    statements: tuple[str, ...]


@dataclass
class WireRecorder:
    """A proxy on a unix socket of its own.

    round_trips: in order, over all connections. One ends with Sync or a simple query; the startup of a connection is
    one, too. A Bind counts as the statement that was parsed under its name.
    """

    target: str
    round_trips: list[RoundTrip] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> WireRecorder:
        self._directory = tempfile.TemporaryDirectory(prefix="rk")
        parts = psycopg.conninfo.conninfo_to_dict(self.target)
        self._address = (str(parts["host"]), int(parts["port"] or 5432))
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(Path(self._directory.name) / ".s.PGSQL.5432"))
        self._listener.listen()
        self.conninfo = psycopg.conninfo.make_conninfo(
            self.target, host=self._directory.name, port=5432, gssencmode="disable", sslmode="disable"
        )
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._directory.cleanup()

    def _server(self) -> socket.socket:
        host, port = self._address
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{port}")
        return server

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = self._server()
                number, self.connections = self.connections, self.connections + 1
                threading.Thread(target=self._record, args=(client, server, number), daemon=True).start()
                threading.Thread(target=_forward, args=(server, client), daemon=True).start()

    def _record(self, client: socket.socket, server: socket.socket, number: int) -> None:
        """Forward what the client sends, and record it: before it is sent, so that no answer comes earlier."""
        head, held = 0, b""
        prepared: dict[bytes, str] = {}
        request: list[str] = []
        with suppress(OSError):
            while read := client.recv(65536):
                held += read
                while len(held) >= head + 4 and len(held) >= (size := head + struct.unpack_from("!i", held, head)[0]):
                    message, held = held[:size], held[size:]
                    if head == 0:
                        if struct.unpack_from("!i", message, 4)[0] != CANCEL:
                            self.round_trips.append(RoundTrip(number, (STARTUP,)))
                    elif _note(message, prepared, request):
                        self.round_trips.append(RoundTrip(number, tuple(request)))
                        request.clear()
                    head = 1
                server.sendall(read)
        for end in (client, server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def _note(message: bytes, prepared: dict[bytes, str], request: list[str]) -> bool:
    """Note the statement of a message. Returns whether the client waits for an answer after it."""
    kind, body = message[:1], message[5:]
    if kind == b"P":
        name, text, _ = body.split(b"\0", 2)
        prepared[name] = text.decode()
    elif kind == b"B":
        _, name, _ = body.split(b"\0", 2)
        request.append(prepared.get(name, f"(prepared {name.decode()})"))
    elif kind == b"Q":
        request.append(body.rstrip(b"\0").decode())
    return kind in (b"Q", b"S")


def _forward(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while read := source.recv(65536):
            sink.sendall(read)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
