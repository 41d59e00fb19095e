"""A server of our own, as a value: how to connect to it and which programs fit it."""

from __future__ import annotations

from typing import Protocol

from rowkeep.domain.deploy.containment import NOTHING_CLOSED, Containment
from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.frozen import dataclass, field

USER = "postgres"
"""The superuser's name in every cluster of ours."""

PORT = 5432
"""Part of the socket's name only; nothing listens on TCP."""


class ServerProcess(Protocol):
    """The process of a throw-away server. It can be stopped and started again on the same files."""

    def stop_cleanly(self) -> None:
        """End all sessions and write everything to the files. Raises Unreachable if the server does not end."""

    def start_again(self) -> None:
        """Start it with the same settings. Raises Unreachable."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. directory: its own; socket: the directory of its unix socket; database: the usual one.

    containment: what the operating system keeps it from. process: of a throw-away server.
    """

    programs: Programs
    directory: str
    socket: str
    database: str = "postgres"
    containment: Containment = NOTHING_CLOSED
    process: ServerProcess | None = field(default=None, repr=False, compare=False)

    @property
    def major(self) -> int:
        """The server's major version."""
        return self.programs.version.major

    def conninfo(self, dbname: str | None = None) -> str:
        """A libpq connection string to `dbname` (default: the usual database). It holds no secret: there is none."""
        parts = {"host": self.socket, "port": str(PORT), "user": USER, "dbname": dbname or self.database}
        return " ".join(f"{key}={_quote(value)}" for key, value in parts.items())


def _quote(value: str) -> str:
    """A value as libpq's connection strings want it (manual, 34.1.1.1)."""
    if value and not set(value) & set(" '\\"):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
