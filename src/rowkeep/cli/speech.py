"""What leaves for stdout and stderr: lines, colour or none, and the JSON document of a run."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from enum import Enum

import click


def plain(value: object) -> object:
    """Enums and other values as JSON knows them."""
    return value.value if isinstance(value, Enum) else str(value)


def say(text: str, *, err: bool = False, color: bool | None = None) -> None:
    """Print a line. A reader that has gone (`| head`, a closed terminal) changes nothing in what the command does.

    color: whether escapes in the text stay; None: on a terminal only.
    """
    try:
        click.echo(text, err=err, color=color)
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EIO):
            raise
        mute(2 if err else 1)


def mute(descriptor: int) -> None:
    """Let everything that is still written to stdout (1) or stderr (2) vanish."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def colored(choice: str, terminal: bool, environ: Mapping[str, str]) -> bool:
    """Whether to use colour: --color, then NO_COLOR, FORCE_COLOR, TERM=dumb (no-color.org), then the terminal."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return terminal and environ.get("TERM") != "dumb"


def document(command: str, exit_code: int, result: object, events: object, error: dict[str, object] | None) -> str:
    """The JSON document of a run (schema version 1)."""
    whole = {
        "schema_version": 1,
        "command": command,
        "exit_code": exit_code,
        "result": result,
        "events": events,
        "error": error,
    }
    return json.dumps(whole, indent=2, default=plain, ensure_ascii=False)
