"""Our own servers: throw-away ones for rehearsals and tests, and the permanent embedded one (`embedded:`)."""

from __future__ import annotations

from rowkeep.scratch.embedded import embedded_server
from rowkeep.scratch.server import Server
from rowkeep.scratch.spec import is_embedded
from rowkeep.scratch.throwaway import BackgroundServer, start_in_background, start_server

__all__ = ["BackgroundServer", "Server", "embedded_server", "is_embedded", "start_in_background", "start_server"]
