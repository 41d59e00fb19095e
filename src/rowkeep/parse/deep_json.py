"""JSON of any depth. The standard library gives up at a few hundred levels, which a long `||` chain reaches."""

from __future__ import annotations

import json
import re
from typing import Any

from rowkeep.domain.late_regex import compile_later

_TOKEN = compile_later(r'\s*([\[\]{},:]|"(?:[^"\\]|\\.)*"|[^\s,:\]}]+)', re.DOTALL)
_ATOMS = {"true": True, "false": False, "null": None}


def deep_loads(text: str) -> Any:
    """The value that `text` spells, read with a stack of its own instead of Python's."""
    stack: list[Any] = []
    key: str | None = None
    value: Any = None
    for match in _TOKEN.finditer(text):
        token = match.group(1)
        first = token[0]
        if first in "{[":
            fresh: Any = {} if first == "{" else []
            if stack:
                _put(stack[-1], key, fresh)
            stack.append(fresh)
            key = None
        elif first in "}]":
            value = stack.pop()
            key = None
        elif first == '"':
            word = json.loads(token)
            if isinstance(stack[-1], dict) and key is None:
                key = word
            else:
                _put(stack[-1], key, word)
                key = None
        elif first not in ",:":
            _put(stack[-1], key, _ATOMS[token] if token in _ATOMS else json.loads(token))
            key = None
    return value


def _put(into: Any, key: str | None, value: Any) -> None:
    if isinstance(into, dict):
        into[key] = value
    else:
        into.append(value)
