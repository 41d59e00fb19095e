"""Checks a value from a flag, the environment or a file against its row of the table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from rowkeep.config.settings import SettingRow

TRUE = ("1", "true", "yes", "on")
FALSE = ("0", "false", "no", "off")


class WrongValue(Exception):
    """A wrong value. The message says what it should be."""


def parse_text(row: SettingRow, text: str) -> Any:
    """Parse the value of a flag or variable. A list is separated by commas. Raises WrongValue."""
    try:
        match row.kind:
            case "whole number":
                return check_value(row, int(text.strip()))
            case "number":
                return check_value(row, float(text.strip()))
            case "true or false":
                if text.strip().lower() not in (*TRUE, *FALSE):
                    raise WrongValue("it should be true or false")
                return text.strip().lower() in TRUE
            case "list of texts":
                return check_value(row, [part.strip() for part in text.split(",") if part.strip()])
            case _:
                return check_value(row, text)
    except ValueError:
        raise WrongValue(f"it should be a {row.kind}") from None


def check_value(row: SettingRow, value: Any) -> Any:
    """Check a TOML value and convert it for the setting. Raises WrongValue."""
    if not _is_a(row.kind, value):
        article = "" if row.kind == "true or false" else "a "
        raise WrongValue(f"it should be {article}{row.kind}, and is {_toml_type_name(value)}")
    if any("\0" in text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)):
        raise WrongValue("it contains a NUL character")
    if row.choices and value not in row.choices:
        raise WrongValue(f"it should be one of {', '.join(row.choices)}")
    if row.minimum is not None and value < row.minimum:
        raise WrongValue(f"it should be at least {row.minimum:g}")
    if row.maximum is not None and value > row.maximum:
        raise WrongValue(f"it should be at most {row.maximum:g}")
    if not value and (row.kind == "text" or (row.kind == "list of texts" and row.default)):
        raise WrongValue("it is empty")
    match value:
        case list():
            return tuple(value)
        case dict():
            held = {key: tuple(inner) if isinstance(inner, list) else inner for key, inner in value.items()}
            return MappingProxyType(held)
        case _:
            return float(value) if row.kind == "number" else value


def _is_a(kind: str, value: Any) -> bool:
    match kind:
        case "whole number":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        case "true or false":
            return isinstance(value, bool)
        case "list of texts":
            return isinstance(value, list) and all(isinstance(item, str) and item for item in value)
        case "table of texts":
            return isinstance(value, Mapping) and all(isinstance(item, str) for item in value.values())
        case "table of lists":
            return isinstance(value, Mapping) and all(_is_a("list of texts", item) for item in value.values())
        case _:
            return isinstance(value, str)


def _toml_type_name(value: Any) -> str:
    """The type of a TOML value, in TOML's words."""
    match value:
        case bool():
            return "true or false"
        case int():
            return "a whole number"
        case float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list of something else" if value else "a list"
        case dict():
            return "a table"
        case _:
            return "a date or time"
