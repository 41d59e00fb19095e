"""Prints to stdout and stderr. Nothing else prints, and everything is made safe first.

Output contains text that others wrote: file names, identifiers, rows, server messages. `safe` escapes what a terminal
or a CI system would obey, and masks passwords: those recognized by their context, and those that this run knows.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Iterable, Mapping

from rowkeep.domain.enumeration import Enum
from rowkeep.lint_cache.answer import is_plain
from rowkeep.report.text.json_text import format_json
from rowkeep.report.text.visible import HIDDEN, break_marks, make_visible, mask_passwords, one_line, strip_control

SHORTEST = 6
"""Passwords of at least this length are masked wherever they occur. Shorter ones would also mask ordinary words."""

_COLORS = r"(\x1b\[(?:1;31|1;33|1;36|0)m)"
"""Our own colours (report.lint.findings)."""

_secrets: set[str] = set()

_copy: list[tuple[bool, str]] | None = None
"""Where every printed line is copied to: whether it went to stderr, and the text."""


def copy_lines(to: list[tuple[bool, str]] | None) -> None:
    """Copy what is printed from now on; None ends that."""
    global _copy
    _copy = to


def hide(secrets: Iterable[str], apart_from: Iterable[str] = ()) -> None:
    """Mask these passwords in everything that is printed from now on.

    apart_from: words that are shown, such as the user's name. A password equal to one of them is not masked.
    """
    from urllib.parse import quote

    shown = {word.lower() for word in apart_from} | {"postgres", "postgresql", "password", "rowkeep"}
    for secret in secrets:
        if len(secret) >= SHORTEST and secret.lower() not in shown:
            _secrets.update((secret, quote(secret, safe=""), format_json(secret)[1:-1]))


def forget() -> None:
    """Start a new run: only its own passwords are masked."""
    _secrets.clear()


def safe(text: str, *, annotations: bool = False, color: bool = False) -> str:
    """The text, safe to print. annotations: keep our GitHub commands. color: keep our own colours."""
    parts = re.split(_COLORS, text) if color else [text]
    text = "".join(part if number % 2 else make_visible(part) for number, part in enumerate(parts))
    text = mask_passwords(break_marks(text) if annotations else strip_control(text))
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def to_json_value(value: object) -> object:
    """Enums and other values as JSON values."""
    return value.value if isinstance(value, Enum) else str(value)


def print_line(text: str, *, err: bool = False, color: bool | None = None, annotations: bool = False) -> None:
    """Print a line. A closed pipe or terminal (`| head`) does not stop the command.

    color: whether the text contains our colours. annotations: as in `safe`.
    """
    line = safe(text, annotations=annotations, color=bool(color))
    if _copy is not None:
        _copy.append((err, line))
    try:
        _write_line(line, err, color)
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EIO):
            raise
        silence_stream(2 if err else 1)


def _write_line(line: str, err: bool, color: bool | None) -> None:
    """Write the line as click.echo does, without importing click where it would change nothing."""
    stream = sys.stderr if err else sys.stdout
    if os.name == "posix" and is_plain(stream) and (color or "\x1b" not in line):
        stream.write(f"{line}\n")
        stream.flush()
        return
    import click

    click.echo(line, err=err, color=color)


def confirm(question: str, *, default: bool = False) -> bool:
    """Ask a yes-or-no question on stderr."""
    import click

    return click.confirm(safe(one_line(question)), default=default, err=True)


def ask(question: str, *, hidden: bool = False) -> str:
    """Ask for text on stderr; '' is a valid answer. hidden: a new password, typed twice and not shown."""
    import click

    words = safe(question)
    if hidden:
        return str(click.prompt(words, hide_input=True, confirmation_prompt=True, err=True))
    return str(click.prompt(words, err=True, default="", show_default=False))


def silence_stream(descriptor: int) -> None:
    """Discard everything that is still written to stdout (1) or stderr (2)."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, descriptor)
    os.close(null)


def use_color(choice: str, terminal: bool, environ: Mapping[str, str]) -> bool:
    """Whether to use colour: --color, then NO_COLOR, FORCE_COLOR, TERM=dumb (no-color.org), then the terminal."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return terminal and environ.get("TERM") != "dumb"


def json_document(
    command: str, exit_code: int, result: object, events: object, error: dict[str, object] | None
) -> str:
    """The JSON document of a run."""
    document = {
        "schema_version": 2,
        "command": command,
        "exit_code": exit_code,
        "result": result,
        "events": events,
        "error": error,
    }
    return format_json(document, indent=2, default=to_json_value)
