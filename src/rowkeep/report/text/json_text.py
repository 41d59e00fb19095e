r"""JSON text that is safe to print: characters that a terminal or a CI system would obey become `\u…` escapes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from rowkeep.report.text.visible import MARKED, UNSAFE, compile_pattern, mask_passwords

VERBATIM = frozenset({"fix", "fixes"})
"""Keys whose texts a program writes into files. They stay unchanged."""


def format_json(value: object, *, indent: int | None = None, default: Callable[[object], object] | None = None) -> str:
    """The value as JSON, with passwords masked. default: converts an unknown object."""
    text = json.dumps(_mask(value), indent=indent, default=default, ensure_ascii=False)
    # These patterns match only inside the strings of a JSON text.
    return compile_pattern(MARKED).sub(r"#\\u0023", compile_pattern(UNSAFE).sub(_escape, text))


def _mask(value: Any) -> Any:
    if isinstance(value, str):
        return mask_passwords(value)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, dict | Mapping):
        return {key: inner if key in VERBATIM else _mask(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_mask(inner) for inner in value]
    return value


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
