"""Converts libpq's results and psycopg's errors to `ServerError`."""

from __future__ import annotations

import psycopg
from psycopg.pq import DiagnosticField
from psycopg.pq.abc import PGresult

from rowkeep.domain.instruction import ServerError


def error_of_result(result: PGresult, piece: int | None = None) -> ServerError:
    """The error of a result. piece: the number of the statement that failed, if it was one."""

    def text(field: DiagnosticField) -> str | None:
        value = result.error_field(field)
        return value.decode("utf-8", "replace") if value is not None else None

    def number(field: DiagnosticField) -> int | None:
        value = text(field)
        return int(value) if value else None

    return ServerError(
        text(DiagnosticField.MESSAGE_PRIMARY) or result.get_error_message("utf-8").strip() or "no answer",
        text(DiagnosticField.SQLSTATE),
        text(DiagnosticField.MESSAGE_DETAIL),
        text(DiagnosticField.MESSAGE_HINT),
        text(DiagnosticField.CONTEXT),
        number(DiagnosticField.STATEMENT_POSITION),
        number(DiagnosticField.INTERNAL_POSITION),
        text(DiagnosticField.INTERNAL_QUERY),
        text(DiagnosticField.SCHEMA_NAME),
        text(DiagnosticField.TABLE_NAME),
        text(DiagnosticField.CONSTRAINT_NAME),
        piece,
    )


def error_of_exception(error: psycopg.Error) -> ServerError:
    """The error of a query of our own."""
    diag = error.diag
    return ServerError(
        diag.message_primary or str(error).strip() or type(error).__name__,
        error.sqlstate,
        diag.message_detail,
        diag.message_hint,
        diag.context,
    )
