"""Rowkeep keeps every row: safe changes for production PostgreSQL databases. The public names, nothing else.

A name is imported when it is first used: `import rowkeep` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rowkeep.version import VERSION as __version__

if TYPE_CHECKING:
    from rowkeep.analysis import LintOptions as Options
    from rowkeep.config import Settings
    from rowkeep.database.python.api import MigrationDatabase as Database
    from rowkeep.errors import RowkeepError
    from rowkeep.files import read
    from rowkeep.files.project.settings import load_settings as load
    from rowkeep.workflows.confirmation import Consent
    from rowkeep.workflows.confirmation import require_named as named
    from rowkeep.workflows.deploy import DeployRequest as Wish
    from rowkeep.workflows.deploy import deploy
    from rowkeep.workflows.lint import lint_directory as lint
    from rowkeep.workflows.migrate import migrate as change
    from rowkeep.workflows.migrate import plan_migrations as planned

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
    "Consent": ("rowkeep.workflows.confirmation", "Consent"),
    "Database": ("rowkeep.database.python.api", "MigrationDatabase"),
    "Options": ("rowkeep.analysis", "LintOptions"),
    "RowkeepError": ("rowkeep.errors", "RowkeepError"),
    "Settings": ("rowkeep.config", "Settings"),
    "Wish": ("rowkeep.workflows.deploy", "DeployRequest"),
    "change": ("rowkeep.workflows.migrate", "migrate"),
    "deploy": ("rowkeep.workflows.deploy", "deploy"),
    "lint": ("rowkeep.workflows.lint", "lint_directory"),
    "load": ("rowkeep.files.project.settings", "load_settings"),
    "named": ("rowkeep.workflows.confirmation", "require_named"),
    "planned": ("rowkeep.workflows.migrate", "plan_migrations"),
    "read": ("rowkeep.files", "read"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'rowkeep' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)
