"""The structure of a database, read from its catalog in one snapshot. Reads nothing but the catalog."""

from __future__ import annotations

from psycopg import errors as pg
from psycopg.pq import TransactionStatus

from rowkeep import structure
from rowkeep.database.connection.session import Session
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.schema.structure import CatalogItem, Structure
from rowkeep.errors import Bug, Busy, Failed, Remains

LOCK_TIMEOUT = "10s"
QUERIES = (
    "fingerprint.relations",
    "fingerprint.constraints",
    "fingerprint.code",
    "fingerprint.rights",
    "fingerprint.database",
)


def read_structure(session: Session) -> Structure:
    """Everything of the database that is structure and not data. Our own schema `rowkeep` is left out.

    One REPEATABLE READ, READ ONLY transaction with an empty search_path, so that every name is printed qualified, and
    with settings of our own, so that a constant in a DEFAULT is printed the same under any TimeZone or DateStyle.
    Takes about 0.25 s for 1,000 tables of ten columns. Raises Busy if a table stays locked against reading for
    ten seconds.
    """
    connection = session.connection
    if connection.info.transaction_status is not TransactionStatus.IDLE:
        raise Bug("a structure is read in a transaction of its own", remains=Remains.UNKNOWN)
    items = []
    try:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        # First, and in commands of their own: what follows must not use a user's operator, nor the role's own limit.
        connection.execute("SET LOCAL search_path = ''")
        connection.execute("SET LOCAL statement_timeout = '5min'")
        session.ask("fingerprint.settings", {"lock_timeout": LOCK_TIMEOUT})
        if connection.info.parameter_status("server_encoding") == "SQL_ASCII":
            # Its texts have no known encoding; asked for UTF-8, the server may refuse to send them at all.
            connection.execute("SET LOCAL client_encoding = 'SQL_ASCII'")
        for name in QUERIES:
            items += [
                CatalogItem(_text(kind), _text(identity), _text(definition))
                for kind, identity, definition in session.ask(name)
            ]
    except pg.LockNotAvailable as error:
        raise Busy(
            "the structure cannot be read: an object is locked",
            code=ErrorCode.LOCK_TIMEOUT,
            why=str(error).strip(),
            sqlstate=error.sqlstate,
            instead=("run the same command again when the other session has finished",),
        ) from None
    except pg.Error as error:
        raise Failed(
            "the structure cannot be read",
            code=ErrorCode.DATABASE_READ_FAILED,
            why=str(error).strip(),
            sqlstate=error.sqlstate,
            instead=("rowkeep doctor",),
            remains=Remains.UNCHANGED,
        ) from None
    finally:
        if connection.info.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
            connection.execute("ROLLBACK")
    return structure.make_structure(session.major, items)


def _text(value: str | bytes | None) -> str:
    """A value as text: a database in SQL_ASCII answers with bytes of unknown encoding."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return value or ""
