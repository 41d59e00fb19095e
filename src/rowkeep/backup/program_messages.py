"""Classifies messages of pg_dump and pg_restore: harmless, unsupported by this server, or fatal. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rowkeep.domain.frozen import replace
from rowkeep.domain.late_regex import compile_later
from rowkeep.programs import ProgramResult

PARAMETER = compile_later(r'unrecognized configuration parameter "(transaction_timeout|idle_session_timeout)"')
"""pg_restore 17 and later set transaction_timeout, which older servers do not know. Nothing depends on it."""

MEANS = compile_later(
    r'extension "[^"]+" is not available'
    r"|ICU is not supported in this build"
    r'|collation "[^"]+" for encoding "[^"]+" does not exist'
    r"|could not access file|could not load library|could not open extension control file"
    r'|access method "[^"]+" does not exist'
    r'|locale "[^"]+" does not exist|could not create locale|invalid locale name'
)
"""The server lacks something that the database needs. This says nothing about the backup."""

OUTSIDE = compile_later(
    r"could not connect to server|could not establish connection|Network is unreachable|has no handler"
    r"|rowkeep-cut-off|could not open file|could not execute command|has not been populated"
)
"""Errors of a server that is cut off from other servers."""

FILLS = compile_later(r"^from TOC entry .* MATERIALIZED VIEW DATA (.+) \S+$", re.MULTILINE)

BARE = compile_later(r"ERROR:  [^\n]* does not exist[\s\S]*\bCONTEXT:[\s\S]*\bfunction ")
"""A name that a function did not find, because pg_restore sets an empty search_path."""

NOT_ENGLISH = compile_later(r"(?:COPY failed for table [^\n]*|could not execute query): (?!ERROR|FATAL|PANIC)\w+:  ")
"""The server answers in another language, so the reason cannot be recognized."""


def keep_messages(finished: ProgramResult, name: str) -> ProgramResult:
    """The same result with warnings and errors only, without the progress lines of `name --verbose`."""
    complaint: list[str] = []
    for line in finished.complaint.split("\n"):
        if _is_message(line, name, bool(complaint)):
            complaint.append(line)
    return replace(finished, complaint="\n".join(complaint))


def split_messages(lines: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """pg_restore's lines as (harmless, fatal) messages, each with its place in the archive and its statement."""
    harmless: list[str] = []
    fatal: list[str] = []
    for message in _split_errors(lines):
        (harmless if PARAMETER.search(message) else fatal).append(message)
    return tuple(harmless), tuple(fatal)


def format_messages(lines: Sequence[str], most: int) -> str:
    """The first lines, and how many more there are."""
    more = len(lines) - most
    return "\n".join([*lines[:most], *([f"… and {more} more"] if more > 0 else [])])


def find_unsupported(fatal: Iterable[str]) -> str | None:
    """The first message about something that the server lacks; None if there is none."""
    for complaint in fatal:
        match = MEANS.search(complaint)
        if match:
            return match[0]
    return None


def find_unfilled_tables(fatal: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(materialized views that a cut-off copy could not fill, other fatal messages)."""
    views: list[str] = []
    others: list[str] = []
    for complaint in fatal:
        match = FILLS.search(complaint)
        if match and OUTSIDE.search(complaint):
            views.append(f"the materialized view {match[1]}")
        else:
            others.append(complaint)
    return tuple(views), tuple(others)


def has_bare_name(fatal: Iterable[str]) -> bool:
    """Whether a function did not find a name; also True if the language of the server hides the reason."""
    return any(BARE.search(complaint) or NOT_ENGLISH.search(complaint) for complaint in fatal)


def _is_message(line: str, name: str, after: bool) -> bool:
    """Whether a line belongs to a warning or error. after: it follows one. Progress lines have no level."""
    if not line.startswith(f"{name}: "):
        return after  # the rest of a message with several lines
    level = line[len(name) + 2 :].split(":")[0]
    return level in ("error", "detail", "hint", "warning", "fatal") or level.startswith(("from TOC entry", "while "))


def _split_errors(lines: Iterable[str]) -> Iterable[str]:
    """One text per error, including the lines before it (`while …`, `from TOC entry …`)."""
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
