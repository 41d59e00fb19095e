"""Servers of our own: throw-away ones for rehearsals and tests, and the embedded one that stays (`embedded:`)."""

from __future__ import annotations

from rowkeep.scratch.embedded import embedded
from rowkeep.scratch.server import Server
from rowkeep.scratch.spec import is_embedded
from rowkeep.scratch.throwaway import start

__all__ = ["Server", "embedded", "is_embedded", "start"]
