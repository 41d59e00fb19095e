"""What pg_restore complains of: harmless, beyond this server's means, or fatal. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

PARAMETER = re.compile(r'unrecognized configuration parameter "(transaction_timeout|idle_session_timeout)"')
"""pg_restore from 17 on sets transaction_timeout, which servers before 17 do not know; nothing depends on it."""

MEANS = re.compile(
    r'extension "[^"]+" is not available'
    r"|ICU is not supported in this build"
    r'|collation "[^"]+" for encoding "[^"]+" does not exist'
    r"|could not access file|could not load library|could not open extension control file"
    r'|access method "[^"]+" does not exist'
    r'|locale "[^"]+" does not exist|could not create locale|invalid locale name'
)
"""The server lacks something that the database needs: this says nothing about the backup."""


def split(lines: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """pg_restore's lines as (harmless, fatal) complaints, each with its place in the archive and its statement."""
    harmless: list[str] = []
    fatal: list[str] = []
    for complaint in _complaints(lines):
        (harmless if PARAMETER.search(complaint) else fatal).append(complaint)
    return tuple(harmless), tuple(fatal)


def lacking(fatal: Iterable[str]) -> str | None:
    """The first complaint that says what the server lacks, in the server's words; None when there is none."""
    for complaint in fatal:
        found = MEANS.search(complaint)
        if found:
            return found[0]
    return None


def _complaints(lines: Iterable[str]) -> Iterable[str]:
    """One text per error. The lines that lead up to it (`while …`, `from TOC entry …`) come before it."""
    before: list[str] = []
    current: list[str] = []
    for line in lines:
        head = line.removeprefix("pg_restore: ")
        leads = head is not line and head.startswith(("while ", "from TOC entry"))
        starts = head is not line and head.startswith(("error:", "fatal:", "warning:"))
        if leads or starts:
            if current:
                yield "\n".join(current)
            current = []
        if leads:
            before = [head] if head.startswith("from TOC") else before
        elif starts:
            # The summary at the end (`errors ignored on restore`) says nothing new.
            current = [] if head.startswith("warning:") else [*before, head]
            before = []
        elif current and line.strip():
            current.append(line)
    if current:
        yield "\n".join(current)
