"""What a failed connection means, by the words of libpq, psycopg and the server (English: they come untranslated)."""

from __future__ import annotations

from rowkeep.domain.error_code import ErrorCode

# The first match counts. Where several addresses were tried, the text holds the words of all of them.
WORDS: tuple[tuple[str, ErrorCode], ...] = (
    ("password authentication failed", ErrorCode.AUTHENTICATION_FAILED),
    ("no password supplied", ErrorCode.AUTHENTICATION_FAILED),
    ("no pg_hba.conf entry", ErrorCode.AUTHENTICATION_FAILED),
    ("pg_hba.conf rejects", ErrorCode.AUTHENTICATION_FAILED),
    ("authentication failed", ErrorCode.AUTHENTICATION_FAILED),
    ("is not permitted to log in", ErrorCode.AUTHENTICATION_FAILED),
    ("certificate verify failed", ErrorCode.TLS_FAILED),
    ("server certificate for", ErrorCode.TLS_FAILED),
    ("does not support SSL", ErrorCode.TLS_FAILED),
    ("SSL error", ErrorCode.TLS_FAILED),
    ("too many clients", ErrorCode.TOO_MANY_CONNECTIONS),
    ("too many connections for", ErrorCode.TOO_MANY_CONNECTIONS),
    ("remaining connection slots", ErrorCode.TOO_MANY_CONNECTIONS),
    ("the database system is", ErrorCode.SERVER_NOT_READY),
    ("failed to resolve host", ErrorCode.HOST_NOT_FOUND),
    ("could not translate host name", ErrorCode.HOST_NOT_FOUND),
    ("Connection refused", ErrorCode.CONNECTION_REFUSED),
    ("No such file or directory", ErrorCode.HOST_NOT_FOUND),
    ("timeout expired", ErrorCode.CONNECTION_TIMEOUT),
    ("Connection timed out", ErrorCode.CONNECTION_TIMEOUT),
)


def connection_error_code(words: str) -> ErrorCode:
    """The code for a connection that failed with `words`."""
    for part, code in WORDS:
        if part in words:
            return code
    if "does not exist" in words:
        return ErrorCode.AUTHENTICATION_FAILED if 'role "' in words else ErrorCode.DATABASE_NOT_FOUND
    return ErrorCode.CONNECTION_FAILED
