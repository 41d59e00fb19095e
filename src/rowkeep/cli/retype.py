"""Repeats the typed command with one more option, as the exact command to type next."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence

from rowkeep.domain.late_regex import compile_later

DATABASE = ("-d", "--database")
SECRET = compile_later(r"password|://[^/@]*:[^/@]*@", re.IGNORECASE)


def with_option(arguments: Sequence[str], option: str, value: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    """`rowkeep up --confirm shop`; as an npm command first if an npm script ran it. Passwords are not repeated."""
    added = [option, value]
    steps = [shlex.join(["rowkeep", *_mask_addresses(_drop_option(arguments, option)), *added])]
    script = environ.get("npm_lifecycle_event")
    if script and environ.get("npm_command") == "run-script":
        steps.insert(0, shlex.join(["npm", "run", script, "--", *added]))
    return tuple(steps)


def _drop_option(arguments: Sequence[str], option: str) -> list[str]:
    """The arguments without an earlier value of the option."""
    kept: list[str] = []
    skip = False
    for word in arguments:
        if skip or word.startswith(f"{option}="):
            skip = False
        elif word == option:
            skip = True
        else:
            kept.append(word)
    return kept


def _mask_addresses(arguments: Sequence[str]) -> list[str]:
    """The arguments, with addresses that contain a password replaced by URL."""
    kept: list[str] = []
    for word in arguments:
        value = bool(kept) and kept[-1] in DATABASE
        name, equals, _ = word.partition("=")
        if value and SECRET.search(word):
            kept.append("URL")
        elif not value and SECRET.search(word):
            kept.append(f"{name}=URL" if equals and name == DATABASE[1] else "-dURL")
        else:
            kept.append(word)
    return kept
