"""The settings and their origins, as text and JSON, without secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rowkeep.config import Settings
from rowkeep.config.address import format_address
from rowkeep.config.libpq import HIDDEN, SECRET_VARIABLES, VARIABLES, mask_secrets
from rowkeep.config.settings import TABLE
from rowkeep.report.text.visible import join_lines

NOTHING = "-"


def serialize_settings(settings: Settings) -> dict[str, dict[str, Any]]:
    """Value and origin of every setting, by its key in the file."""
    return {row.key: {"value": _display(row.name, settings), "origin": settings.origins[row.name]} for row in TABLE}


def serialize_libpq(settings: Settings, environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The libpq variables that are set in the environment or the `.env` file."""
    return {
        name: {
            "value": HIDDEN if name in SECRET_VARIABLES else mask_secrets(environ[name]),
            "origin": settings.origins.get(name, "environment"),
        }
        for name in sorted(VARIABLES & environ.keys())
    }


def format_configuration(settings: Settings, libpq: Mapping[str, Mapping[str, str]]) -> str:
    """One line per setting: key, value, origin. Then the libpq variables."""
    rows = [(key, _text(entry["value"]), entry["origin"]) for key, entry in serialize_settings(settings).items()]
    rows += [(name, entry["value"], entry["origin"]) for name, entry in libpq.items()]
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    second = min(second, 60)
    lines = [f"{key:<{first}}  {value:<{second}}  {origin}" for key, value, origin in rows]
    return join_lines([f"file: {settings.config_file or 'none found'}", "", *lines])


def _display(name: str, settings: Settings) -> Any:
    value = getattr(settings, name)
    if name == "database" and value is not None:
        return format_address(value)
    return dict(value) if isinstance(value, Mapping) else value


def _text(value: Any) -> str:
    match value:
        case None:
            return NOTHING
        case bool():
            return "true" if value else "false"
        case tuple():
            return ", ".join(value) or NOTHING
        case dict():
            return ", ".join(f"{key}: {_text(inner)}" for key, inner in value.items()) or NOTHING
        case float():
            return f"{value:g}"
        case _:
            return str(value)
