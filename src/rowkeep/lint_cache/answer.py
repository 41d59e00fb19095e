"""The stored answer of a command: its exit code, what it printed, and what it had asked the disk."""

from __future__ import annotations

import os
import sys

from rowkeep.lint_cache import inputs
from rowkeep.lint_cache.entries import cache_directory, name_entry, read_entry, secret_key

NO_CACHE = "--no-cache"
BROKEN_PIPE = (32, 5)
"""EPIPE and EIO: nobody reads what is printed. That does not fail a command (`cli/output.py`)."""


def replay(arguments: list[str]) -> int | None:
    """Print what this command printed when everything was as it is now, and return its exit code; None if unknown."""
    if NO_CACHE in arguments or not is_plain(sys.stdout) or not is_plain(sys.stderr):
        return None
    try:
        directory = cache_directory()
        key = None if directory is None else secret_key()
        if directory is None or key is None:
            return None
        body = read_entry(directory, key, name_entry(key, arguments))
        if body is None:
            return None
        code, lines, digest, questions = unpack(body)
        if inputs.digest_again(questions) != digest:
            return None
    except (OSError, ValueError, inputs.Unlike):
        return None
    for to_stderr, text in lines:
        _print(sys.stderr if to_stderr else sys.stdout, text)
    return code


def is_plain(stream: object) -> bool:
    """Whether a stream prints every character as it is: UTF-8."""
    return str(getattr(stream, "encoding", "")).lower().replace("_", "-") == "utf-8"


def pack(code: int, lines: list[tuple[bool, str]], recording: inputs.Recording) -> bytes:
    """An answer as bytes: exit code, lines and questions, each with its length."""
    parts = [str(code).encode(), recording.digest, str(len(lines)).encode()]
    for to_stderr, text in lines:
        parts += [b"2" if to_stderr else b"1", text.encode("utf-8", "surrogatepass")]
    for kind, path in recording.questions:
        parts += [kind.encode(), os.fsencode(path)]
    return b"".join(b"%d:%b" % (len(part), part) for part in parts)


def unpack(body: bytes) -> tuple[int, list[tuple[bool, str]], bytes, list[tuple[str, str]]]:
    """What `pack` packed: code, lines, digest, questions. Raises ValueError for anything else."""
    parts, at, end = [], 0, len(body)
    while at < end:
        colon = body.index(b":", at, at + 20)
        start = colon + 1
        at = start + int(body[at:colon])
        if not start <= at <= end:
            raise ValueError(at)
        parts.append(body[start:at])
    if len(parts) < 3:
        raise ValueError(len(parts))
    code, digest, count = int(parts[0]), parts[1], int(parts[2])
    rest = 3 + 2 * count
    lines = [
        (stream == b"2", text.decode("utf-8", "surrogatepass"))
        for stream, text in zip(parts[3:rest:2], parts[4:rest:2], strict=True)
    ]
    questions = [
        (kind.decode(), os.fsdecode(path)) for kind, path in zip(parts[rest::2], parts[rest + 1 :: 2], strict=True)
    ]
    return code, lines, digest, questions


def _print(stream: object, text: str) -> None:
    try:
        stream.write(text + "\n")  # type: ignore[attr-defined]  # a text stream; `typing` costs 10 ms to import
        stream.flush()  # type: ignore[attr-defined]
    except OSError as error:
        if error.errno not in BROKEN_PIPE:
            raise
        number = 2 if stream is sys.stderr else 1
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, number)
        os.close(null)
