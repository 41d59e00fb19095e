"""Our own servers: throw-away ones for rehearsals and tests, and the permanent embedded one (`embedded:`).

A name is imported when it is first used: whether an address is embedded is asked by every command.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rowkeep.scratch.embedded import embedded_server
    from rowkeep.scratch.server import Server
    from rowkeep.scratch.spec import is_embedded
    from rowkeep.scratch.throwaway import BackgroundServer, start_in_background, start_server

__all__ = ["BackgroundServer", "Server", "embedded_server", "is_embedded", "start_in_background", "start_server"]

_MODULES = {
    "BackgroundServer": "rowkeep.scratch.throwaway",
    "Server": "rowkeep.scratch.server",
    "embedded_server": "rowkeep.scratch.embedded",
    "is_embedded": "rowkeep.scratch.spec",
    "start_in_background": "rowkeep.scratch.throwaway",
    "start_server": "rowkeep.scratch.throwaway",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
