"""What the server said, read out of libpq's results and psycopg's errors."""

from __future__ import annotations

import psycopg
from psycopg.pq import DiagnosticField
from psycopg.pq.abc import PGresult

from rowkeep.domain.instruction import ServerError


def error_of_result(result: PGresult, piece: int | None = None) -> ServerError:
    """The error of a result. piece: the statement it belongs to, where it belongs to one."""

    def word(field: DiagnosticField) -> str | None:
        value = result.error_field(field)
        return value.decode("utf-8", "replace") if value is not None else None

    def number(field: DiagnosticField) -> int | None:
        value = word(field)
        return int(value) if value else None

    return ServerError(
        word(DiagnosticField.MESSAGE_PRIMARY) or result.get_error_message("utf-8").strip() or "no answer",
        word(DiagnosticField.SQLSTATE),
        word(DiagnosticField.MESSAGE_DETAIL),
        word(DiagnosticField.MESSAGE_HINT),
        word(DiagnosticField.CONTEXT),
        number(DiagnosticField.STATEMENT_POSITION),
        number(DiagnosticField.INTERNAL_POSITION),
        word(DiagnosticField.INTERNAL_QUERY),
        word(DiagnosticField.SCHEMA_NAME),
        word(DiagnosticField.TABLE_NAME),
        word(DiagnosticField.CONSTRAINT_NAME),
        piece,
    )


def error_of_exception(error: psycopg.Error) -> ServerError:
    """The error of a question of our own."""
    diag = error.diag
    return ServerError(
        diag.message_primary or str(error).strip() or type(error).__name__,
        error.sqlstate,
        diag.message_detail,
        diag.message_hint,
        diag.context,
    )
