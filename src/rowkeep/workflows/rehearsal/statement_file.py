"""Reads the application's statements from a file: SQL, or a log of PostgreSQL."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from rowkeep.database.catalog.application_statements import MOST
from rowkeep.domain.deploy.application import ApplicationStatement
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass
from rowkeep.errors import Misused
from rowkeep.files.filesystem.regular import Unsuitable, read_regular
from rowkeep.parse.application_sql import normalize_constants, split_application_sql
from rowkeep.parse.libpg_query import ParserError
from rowkeep.parse.statement_log import LoggedStatement, read_statement_log


@dataclass(frozen=True, slots=True)
class StatementFile:
    """The statements of a file, each once. is_log: it is a log of PostgreSQL, and calls are counted.

    left_out: how many of its statements are not among them, because they were sent less often.
    """

    statements: tuple[ApplicationStatement, ...]
    is_log: bool = False
    left_out: int = 0


def read_statement_file(path: str, database: str | None = None) -> StatementFile:
    """The statements. database: only those that a log has of it. Raises Misused for a file that cannot be read."""
    try:
        text = read_regular(Path(path)).decode("utf-8-sig")
        logged = read_statement_log(text)
        if logged is None:
            statements = tuple(ApplicationStatement(statement) for statement in split_application_sql(text))
            return StatementFile(tuple(dict.fromkeys(statements)))
    except (OSError, Unsuitable, ValueError, ParserError) as error:
        raise Misused(
            "the statements of the application cannot be read",
            code=ErrorCode.FILE_NOT_READABLE,
            where=path,
            why=str(error),
            instead=(
                "write SQL statements that end with ;   Parameters are $1, $2, …",
                "or name a log of PostgreSQL (stderr, csvlog, jsonlog) with the statements in it",
            ),
        ) from None
    return count_logged([one for one in logged if database is None or one.database in (None, database)])


def count_logged(logged: list[LoggedStatement]) -> StatementFile:
    """The statements of a log without their values, and how often each was sent."""
    same_text = Counter((one.text, one.role) for one in logged)
    calls: Counter[tuple[str, str | None]] = Counter()
    texts: dict[tuple[str, str | None], str] = {}
    for (text, role), count in same_text.items():
        key = (normalize_constants(text), role)
        texts.setdefault(key, text)
        calls[key] += count
    often = calls.most_common()
    statements = tuple(ApplicationStatement(texts[key], key[1], calls=count) for key, count in often[:MOST])
    return StatementFile(statements, is_log=True, left_out=max(0, len(often) - MOST))
