"""node-pg-migrate's settings, read from the npm scripts that call it and from its section of `config/default.json`."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.late_regex import compile_later

_FLAGS: Mapping[str, str] = {
    "-m": "migrations-dir",
    "--migrations-dir": "migrations-dir",
    "-t": "history-table",
    "--migrations-table": "history-table",
    "--migrations-schema": "history-schema",
    "-s": "schemas",
    "--schema": "schemas",
    "--create-schema": "create-schemas",
    "--ignore-pattern": "ignore-pattern",
    "--lock-value": "run-lock-key",
    "-d": "database-url-var",
    "--database-url-var": "database-url-var",
    "--envPath": "env-file",
}
_KEYS: Mapping[str, str] = {
    "migrations-dir": "migrations-dir",
    "migrations-table": "history-table",
    "migrations-schema": "history-schema",
    "schema": "schemas",
    "create-schema": "create-schemas",
    "ignore-pattern": "ignore-pattern",
}
_MEANING: Mapping[str, bool] = {
    "--decamelize": False,
    "--ts-node": False,
    "--tsx": False,
    "--tsconfig": True,
    "--tsconfig-paths": True,
}
"""Flags that change what a migration in JavaScript means or how it is loaded; whether a value follows."""
_CALL = compile_later(r"(?:^|[\s/])node-pg-migrate(?=\s|$)(?P<rest>[^&|;]*)")


@dataclass(frozen=True, slots=True)
class OldSetting:
    """A setting of the old tool by Rowkeep's key. origin: where it stands, for people."""

    key: str
    value: Any
    origin: str


def read_from_scripts(scripts: Mapping[str, str]) -> tuple[OldSetting, ...]:
    """What the flags of node-pg-migrate say in npm scripts; the first of a key counts."""
    found: dict[str, OldSetting] = {}
    for name, line in scripts.items():
        for call in _CALL.finditer(line):
            for key, value in _flags(_words(call["rest"])):
                found.setdefault(key, OldSetting(key, value, f"package.json, script {name}"))
    return tuple(found.values())


def layout_flags(scripts: Mapping[str, str]) -> tuple[str, ...]:
    """The flags of npm scripts that the old tool needs to understand a migration in JavaScript or TypeScript."""
    found: dict[str, tuple[str, ...]] = {}
    for line in scripts.values():
        for call in _CALL.finditer(line):
            words = _words(call["rest"])
            for at, word in enumerate(words):
                flag, equals, _ = word.partition("=")
                if flag in _MEANING:
                    apart = _MEANING[flag] and not equals
                    found.setdefault(flag, tuple(words[at : at + 2]) if apart else (word,))
    return tuple(word for words in found.values() for word in words)


def read_from_config(path: str, text: str) -> tuple[OldSetting, ...]:
    """What the section `db` of a configuration file (JSON) says. A text that is no JSON says nothing."""
    try:
        section = json.loads(text)["db"]
    except (ValueError, KeyError, TypeError):
        return ()
    if not isinstance(section, dict):
        return ()
    return tuple(
        OldSetting(_KEYS[key], _convert(_KEYS[key], value), path)
        for key, value in section.items()
        if key in _KEYS and isinstance(value, str | bool | list)
    )


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _flags(words: Sequence[str]) -> Iterator[tuple[str, Any]]:
    lists: dict[str, list[str]] = {}
    at = 0
    while at < len(words):
        flag, equals, value = words[at].partition("=")
        key = _FLAGS.get(flag)
        at += 1
        if key is None:
            continue
        if key == "create-schemas":
            yield key, value != "false"
            continue
        if not equals:
            if at >= len(words):
                return
            value = words[at]
            at += 1
        if key == "schemas":
            lists.setdefault(key, []).append(value)
        else:
            yield key, _convert(key, value)
    yield from lists.items()


def _convert(key: str, value: Any) -> Any:
    if key == "schemas":
        return [value] if isinstance(value, str) else list(value)
    return int(value) if key == "run-lock-key" and str(value).isdigit() else value
