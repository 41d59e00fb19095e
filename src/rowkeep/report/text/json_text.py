r"""Values as JSON text that is safe to be shown: the same values, with what a terminal or a CI would obey as `\u…`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from rowkeep.report.text.visible import MARKED, UNSAFE, compile_sql, without_secrets

VERBATIM = frozenset({"fix", "fixes"})
"""Keys whose texts a program writes into a file: they stay as they are."""


def format_json(value: object, *, indent: int | None = None, default: Callable[[object], object] | None = None) -> str:
    """The value as JSON. default: what an unknown object becomes. Passwords in texts for people are masked."""
    text = json.dumps(_masked(value), indent=indent, default=default, ensure_ascii=False)
    # Between the strings of a JSON text is nothing that these patterns find.
    return compile_sql(MARKED).sub(r"#\\u0023", compile_sql(UNSAFE).sub(_escaped, text))


def _masked(value: Any) -> Any:
    match value:
        case str():
            return without_secrets(value)
        case Mapping():
            return {key: inner if key in VERBATIM else _masked(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_masked(inner) for inner in value]
        case _:
            return value


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
