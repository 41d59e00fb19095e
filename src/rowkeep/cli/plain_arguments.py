"""Reads plain arguments of `rowkeep lint` without click: paths, and options that are spelled out.

The table of options is generated from the declaration of the command (`cli/commands/lint.py`). Whatever is not plain
is left to click, and so is every message about arguments. tests/cli/test_plain_arguments.py compares both.
"""

from __future__ import annotations

from typing import Any

from rowkeep.cli._lint_options import DEFAULTS, OPTIONS


def read_plain_arguments(arguments: list[str]) -> dict[str, Any] | None:
    """The parameters of the command, as click would return them; None if click must read the arguments."""
    options = DEFAULTS.copy()
    paths: list[str] = []
    words = iter(arguments)
    for word in words:
        if not word.startswith("-"):
            if not word:
                return None
            paths.append(word)
            continue
        option, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if option not in OPTIONS:
            return None
        name, takes, choices = OPTIONS[option]
        if takes == "nothing":
            if equals:
                return None
            options[name] = True
            continue
        if not equals:
            value = next(words, "")
        if not value or value.startswith("-") or (choices and value not in choices):
            return None
        options[name] = (*options[name], value) if takes == "values" else value
    options["paths"] = tuple(paths)
    return options
