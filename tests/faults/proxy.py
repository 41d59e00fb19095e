"""The network between client and server: it counts PostgreSQL's messages and breaks at one of them."""

from __future__ import annotations

import socket
import struct
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg


@dataclass(frozen=True, slots=True)
class Cut:
    """Where it breaks. asked: among the client's messages, else the server's; number: which one, from 0.

    forwarded: whether that message still arrives; gone: whether nobody gets through afterwards.
    """

    asked: bool
    number: int
    forwarded: bool
    gone: bool = False


@dataclass
class Proxy:
    """A proxy before one server, on a unix socket of its own. Only its first connection is counted and cut.

    keeps: a client that goes is not told to the server, as by a network that drops what it says.
    """

    target: str
    cut: Cut | None = None
    keeps: bool = False
    counts: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    broken: bool = False
    _kept: list[socket.socket] = field(default_factory=list)

    def __enter__(self) -> Proxy:
        self._directory = tempfile.TemporaryDirectory(prefix="rk")
        parts = psycopg.conninfo.conninfo_to_dict(self.target)
        self._path = f"{parts['host']}/.s.PGSQL.{parts['port']}"
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
        for sink in self._kept:
            with suppress(OSError):
                sink.shutdown(socket.SHUT_RDWR)
        self._directory.cleanup()

    def _accept(self) -> None:
        first = True
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.broken and self.cut and self.cut.gone:
                    client.close()
                    continue
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._path)
                for asked, source, sink in ((True, client, server), (False, server, client)):
                    pump = threading.Thread(target=self._pump, args=(source, sink, asked, first), daemon=True)
                    pump.start()
                first = False

    def _pump(self, source: socket.socket, sink: socket.socket, asked: bool, counted: bool) -> None:
        head, held = (0 if asked else 1), b""
        with suppress(OSError):
            while read := source.recv(65536):
                if not counted:
                    sink.sendall(read)
                    continue
                held += read
                while len(held) >= head + 4 and len(held) >= (size := head + struct.unpack_from("!i", held, head)[0]):
                    message, held, head = held[:size], held[size:], 1
                    if not self._passes(message, sink, asked):
                        source.shutdown(socket.SHUT_RDWR)
                        break
        kept = self.keeps and asked
        if kept:
            self._kept.append(sink)
        for end in () if kept else (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _passes(self, message: bytes, sink: socket.socket, asked: bool) -> bool:
        """Forward the message, or break."""
        cut, number = self.cut, self.counts[asked]
        self.counts[asked] += 1
        breaks = cut is not None and cut.asked is asked and cut.number == number
        if breaks:
            self.broken = True
        if not breaks or (cut and cut.forwarded):
            sink.sendall(message)
        return not breaks


@dataclass
class Silent:
    """A proxy over TCP that stops forwarding, and closes nothing: a network that drops packets. `hushed` begins it."""

    target: str
    hushed: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Silent:
        parts = psycopg.conninfo.conninfo_to_dict(self.target)
        self._path = f"{parts['host']}/.s.PGSQL.{parts['port']}"
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.conninfo = psycopg.conninfo.make_conninfo(
            self.target, host="127.0.0.1", port=port, gssencmode="disable", sslmode="disable"
        )
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self._listener, *self._sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._sockets.append(client)
                if self.hushed.is_set():
                    continue
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._path)
                self._sockets.append(server)
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while read := source.recv(65536):
                if self.hushed.is_set():
                    return
                sink.sendall(read)
            sink.shutdown(socket.SHUT_RDWR)
