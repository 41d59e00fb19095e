"""Rowkeep keeps every row: safe changes for production PostgreSQL databases. The public names, nothing else.

A name is imported when it is first used: `import rowkeep` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rowkeep.version import VERSION as __version__

if TYPE_CHECKING:
    from rowkeep.config import Settings
    from rowkeep.database.given import Database
    from rowkeep.errors import RowkeepError
    from rowkeep.files import read
    from rowkeep.files.settings import load
    from rowkeep.judge import Options
    from rowkeep.walk.change import change, planned
    from rowkeep.walk.deploy import Wish, deploy
    from rowkeep.walk.guard import Consent, named
    from rowkeep.walk.lint import verdict as lint

__all__ = [
    "Consent",
    "Database",
    "Options",
    "RowkeepError",
    "Settings",
    "Wish",
    "__version__",
    "change",
    "deploy",
    "lint",
    "load",
    "named",
    "planned",
    "read",
]

_HOMES = {
    "Consent": ("rowkeep.walk.guard", "Consent"),
    "Database": ("rowkeep.database.given", "Database"),
    "Options": ("rowkeep.judge", "Options"),
    "RowkeepError": ("rowkeep.errors", "RowkeepError"),
    "Settings": ("rowkeep.config", "Settings"),
    "Wish": ("rowkeep.walk.deploy", "Wish"),
    "change": ("rowkeep.walk.change", "change"),
    "deploy": ("rowkeep.walk.deploy", "deploy"),
    "lint": ("rowkeep.walk.lint", "verdict"),
    "load": ("rowkeep.files.settings", "load"),
    "named": ("rowkeep.walk.guard", "named"),
    "planned": ("rowkeep.walk.change", "planned"),
    "read": ("rowkeep.files", "read"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'rowkeep' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)
