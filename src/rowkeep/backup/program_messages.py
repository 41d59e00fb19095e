"""What pg_dump and pg_restore complain of: harmless, beyond this server's means, or fatal. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rowkeep.programs import ProgramResult

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


OUTSIDE = re.compile(
    r"could not connect to server|could not establish connection|Network is unreachable|has no handler"
    r"|rowkeep-cut-off|could not open file|could not execute command|has not been populated"
)
"""Words of a server that has no way to others."""

FILLS = re.compile(r"^from TOC entry .* MATERIALIZED VIEW DATA (.+) \S+$", re.MULTILINE)

BARE = re.compile(r"ERROR:  [^\n]* does not exist[\s\S]*\bCONTEXT:[\s\S]*\bfunction ")
"""A name that a function looked for in vain: pg_restore empties search_path before it loads anything."""

NOT_ENGLISH = re.compile(r"(?:COPY failed for table [^\n]*|could not execute query): (?!ERROR|FATAL|PANIC)\w+:  ")
"""The server answers in another language, in which its reason cannot be read."""


def keep_messages(finished: ProgramResult, name: str) -> ProgramResult:
    """The same end, with the warnings and errors alone, without the progress that `name --verbose` tells beside."""
    complaint: list[str] = []
    for line in finished.complaint.split("\n"):
        if _complains(line, name, bool(complaint)):
            complaint.append(line)
    return replace(finished, complaint="\n".join(complaint))


def split_messages(lines: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """pg_restore's lines as (harmless, fatal) complaints, each with its place in the archive and its statement."""
    harmless: list[str] = []
    fatal: list[str] = []
    for complaint in _complaints(lines):
        (harmless if PARAMETER.search(complaint) else fatal).append(complaint)
    return tuple(harmless), tuple(fatal)


def format_messages(lines: Sequence[str], most: int) -> str:
    """The first lines, one below the other, and how many more there are."""
    more = len(lines) - most
    return "\n".join([*lines[:most], *([f"… and {more} more"] if more > 0 else [])])


def find_unsupported(fatal: Iterable[str]) -> str | None:
    """The first complaint that says what the server lacks, in the server's words; None when there is none."""
    for complaint in fatal:
        found = MEANS.search(complaint)
        if found:
            return found[0]
    return None


def find_unfilled_tables(fatal: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The materialized views that a copy without a way to other servers could not fill, and what else is fatal."""
    views: list[str] = []
    others: list[str] = []
    for complaint in fatal:
        found = FILLS.search(complaint)
        if found and OUTSIDE.search(complaint):
            views.append(f"the materialized view {found[1]}")
        else:
            others.append(complaint)
    return tuple(views), tuple(others)


def bare_name(fatal: Iterable[str]) -> bool:
    """Whether a function looked a name up in vain; also where the server's language does not let us know."""
    return any(BARE.search(complaint) or NOT_ENGLISH.search(complaint) for complaint in fatal)


def _complains(line: str, name: str, after: bool) -> bool:
    """Whether a line is of a warning or an error; after: one came before. Progress is `pg_dump: word …`, no level."""
    if not line.startswith(f"{name}: "):
        return after  # the rest of a message, or a server's message on several lines
    level = line[len(name) + 2 :].split(":")[0]
    return level in ("error", "detail", "hint", "warning", "fatal") or level.startswith(("from TOC entry", "while "))


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
