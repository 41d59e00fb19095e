"""Repeats the typed command with one more option, as the exact command to type next."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from itertools import pairwise

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


ACCEPTING = compile_later(
    r"^(?P<before>.*?)\browkeep (?:up|redo|deploy|rehearse) "
    r"(?P<options>--(?:accept-|hold-limit).*?)(?P<after>   \(.*)?$"
)
REPEATED = frozenset({"up", "redo", "deploy", "rehearse"})
"""Commands whose errors offer options to add."""


def repeat_arguments(step: str, arguments: Sequence[str]) -> str:
    """A step such as `rowkeep deploy --accept-loss NAME --because 'REASON'`, with the arguments that were typed."""
    match = ACCEPTING.match(step)
    if match is None or not arguments or arguments[0] not in REPEATED:
        return step
    words = shlex.split(match["options"])
    kept = list(arguments)
    added: list[str] = []
    for option, value in zip(words[::2], words[1::2], strict=False):
        if option == "--because":
            if not any(word == option or word.startswith(f"{option}=") for word in arguments):
                added += [option, value]
            continue
        if not option.startswith("--accept-"):
            kept = _drop_option(kept, option)
        if (option, value) not in pairwise(kept):
            added += [option, value]
    because = " --because 'REASON'" if added[-2:] == ["--because", "REASON"] else ""
    typed = shlex.join(["rowkeep", *_mask_addresses(kept), *(added[:-2] if because else added)])
    return f"{match['before']}{typed}{because}{match['after'] or ''}"


SHARED = frozenset(
    {
        "-c",
        "-e",
        "-m",
        "--accept",
        "--accept-broken",
        "--accept-change",
        "--accept-lock",
        "--accept-loss",
        "--accept-unrehearsed",
        "--because",
        "--config",
        "--env",
        "--hold-limit",
        "--max-lock",
        "--migrations-dir",
        "--out-of-order",
        "--plan-file",
        "--statements",
    }
)
"""Options with a value that `deploy` needs, too, after a rehearsal with them."""

SHARED_FLAGS = frozenset({"--no-roundtrip", "--with-older"})


def deploy_command(arguments: Sequence[str], saved: str | None) -> str:
    """The `rowkeep deploy` to type after this `rowkeep rehearse`. saved: the file of a saved rehearsal."""
    words = ["rowkeep", "deploy"]
    rest = list(arguments[1:]) if arguments[:1] == ["rehearse"] else []
    while rest:
        word = rest.pop(0)
        if word in SHARED and rest:
            words += [word, rest.pop(0)]
        elif word.partition("=")[0] in SHARED or word in SHARED_FLAGS or not word.startswith("-"):
            words.append(word)
        elif word in WITH_VALUE and rest:
            rest.pop(0)
    return shlex.join([*words, *(("--rehearsed", saved) if saved is not None else ())])


WITH_VALUE = frozenset(
    {
        "-d",
        "--backups-dir",
        "--color",
        "--data",
        "--database",
        "--output-format",
        "--report",
        "--sample-rows",
        "--save",
    }
    | {"--interrupted", "--lock-deadline", "--wait", "--with-load"}
)
"""Options of `rehearse` with a value that `deploy` does not need."""


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
