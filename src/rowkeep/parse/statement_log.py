"""Reads the statements in a log of PostgreSQL: csvlog, jsonlog, or plain lines with any prefix (manual, 20.8)."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.late_regex import compile_later

SEVERITIES = frozenset({"DEBUG", "LOG", "INFO", "NOTICE", "WARNING", "ERROR", "FATAL", "PANIC", "STATEMENT", "DETAIL"})

_SENT = compile_later(
    r"(?:duration: [\d.]+ ms  )?(?:statement|execute [^\n:]*(?::[^\n:]*)?): (?P<text>\S.*)",
    re.DOTALL,
)
"""The message of log_statement and of log_min_duration_statement. `parse` and `bind` are followed by `execute`."""

_LINE = compile_later(r"^(?P<prefix>.*?)\b(?P<level>LOG|DETAIL|STATEMENT|ERROR|HINT|CONTEXT|WARNING|FATAL):  ")

USER, DATABASE, SEVERITY, MESSAGE = 1, 2, 11, 13
"""Columns of a csvlog, counted from 0. It has 23 columns, and more in newer majors."""
COLUMNS = 23


@dataclass(frozen=True, slots=True)
class LoggedStatement:
    """A statement in a log. role, database: where the log says so."""

    text: str
    role: str | None = None
    database: str | None = None


def read_statement_log(text: str) -> list[LoggedStatement] | None:
    """The statements in the log, one for each time that it was sent; None if the text is no log of PostgreSQL.

    Raises ValueError for a csvlog that cannot be read to its end.
    """
    first = text.lstrip("\ufeff \t\r\n")[:1]
    if first == "{":
        return _read_json(text)
    head = text[:4000]
    if _is_csv(head):
        return list(_read_csv(text))
    if any(_LINE.match(line) for line in head.splitlines()[:20]):
        return list(_read_lines(text))
    return None


def _read_json(text: str) -> list[LoggedStatement] | None:
    statements: list[LoggedStatement] = []
    for line in text.splitlines():
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            if not statements:
                return None
            continue  # the last line of a log that is still written
        if not isinstance(entry, dict) or "error_severity" not in entry:
            return None
        sent = _find_sent(str(entry.get("message", "")))
        if sent is not None and entry["error_severity"] == "LOG":
            statements.append(LoggedStatement(sent, _word(entry.get("user")), _word(entry.get("dbname"))))
    return statements


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _is_csv(head: str) -> bool:
    try:
        row = next(csv.reader(io.StringIO(head, newline="")), [])
    except csv.Error:
        return False
    return len(row) >= COLUMNS and row[SEVERITY].rstrip("12345") in SEVERITIES


def _read_csv(text: str) -> Iterator[LoggedStatement]:
    rows = csv.reader(io.StringIO(text, newline=""))
    try:
        for row in rows:
            if len(row) >= COLUMNS and row[SEVERITY] == "LOG" and (sent := _find_sent(row[MESSAGE])) is not None:
                yield LoggedStatement(sent, row[USER] or None, row[DATABASE] or None)
    except csv.Error as error:
        raise ValueError(f"line {rows.line_num}: {error}") from None


def _read_lines(text: str) -> Iterator[LoggedStatement]:
    """A message goes on in the lines after it that begin with a tab."""
    message: list[str] = []
    for line in [*text.split("\n"), ""]:
        if line.startswith("\t"):
            if message:
                message.append(line[1:])
            continue
        if message:
            sent = _find_sent("\n".join(message))
            if sent is not None:
                yield LoggedStatement(sent)
        match = _LINE.match(line)
        message = [line[match.end() :]] if match is not None and match["level"] == "LOG" else []


def _find_sent(message: str) -> str | None:
    match = _SENT.match(message)
    return match["text"].strip().rstrip(";") if match is not None else None
