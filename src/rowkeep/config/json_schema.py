"""The JSON schema of `rowkeep.toml`, made from the table of settings, for editors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rowkeep.config.check import ENVIRONMENTS, RULES
from rowkeep.config.settings import TABLE, SettingRow

TYPES: Mapping[str, dict[str, Any]] = {
    "text": {"type": "string", "minLength": 1},
    "whole number": {"type": "integer"},
    "number": {"type": "number"},
    "true or false": {"type": "boolean"},
    "list of texts": {"type": "array", "items": {"type": "string", "minLength": 1}},
    "table of texts": {"type": "object", "additionalProperties": {"type": "string"}},
    "table of lists": {
        "type": "object",
        "additionalProperties": {"type": "array", "items": {"type": "string", "minLength": 1}},
    },
}


def json_schema() -> dict[str, Any]:
    """A JSON schema (draft 7, which editors support) of the whole file."""
    top = _properties(TABLE)
    within = _properties(row for row in TABLE if row.name != "environment")
    top[ENVIRONMENTS] = {
        "type": "object",
        "description": "Named environments; a setting here goes before the one at the top.",
        "additionalProperties": {"type": "object", "properties": within, "additionalProperties": False},
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Rowkeep",
        "description": "rowkeep.toml, or [tool.rowkeep] in pyproject.toml",
        "type": "object",
        "properties": top,
        "additionalProperties": False,
    }


def _properties(rows: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    rules: dict[str, Any] = {}
    for row in rows:
        (rules if row.keys[0] == RULES else found)[row.keys[-1]] = _property(row)
    found[RULES] = {"type": "object", "properties": rules, "additionalProperties": False}
    return found


def _property(row: SettingRow) -> dict[str, Any]:
    made = {**TYPES[row.kind], "description": row.doc}
    if row.default is not None:
        made["default"] = list(row.default) if isinstance(row.default, tuple) else row.default
    if row.choices:
        made["enum"] = list(row.choices)
    if row.minimum is not None:
        made["minimum"] = row.minimum
    if row.maximum is not None:
        made["maximum"] = row.maximum
    if row.kind == "list of texts" and row.default:
        made["minItems"] = 1
    return made
