"""Databases that a restore fills under a temporary name; they are renamed when everything was compared."""

from __future__ import annotations

from psycopg import errors as pg
from psycopg import sql

from rowkeep.database.catalog import databases
from rowkeep.database.connection.session import Session
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Failed, Misused, Remains

LONGEST = 63
"""Bytes of a name (NAMEDATALEN - 1)."""


def temporary_name(session: Session, name: str) -> str:
    """The temporary name of a database that will be `name`. It contains the session of the restore."""
    pid, start = session.ask("databases.session_identity")[0]
    full = f"rowkeep_restoring_{pid}_{start}_{name}"
    return full.encode()[:LONGEST].decode(errors="ignore")


def sweep_unfinished(session: Session) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Drop what killed restores left. Returns the names that were dropped, and those that the role may not drop."""
    dropped: list[str] = []
    refused: list[str] = []
    for name, ours, alive in session.ask("databases.unfinished_databases"):
        if alive:
            continue
        if not ours:
            refused.append(name)
            continue
        try:
            databases.drop_database(session, name)
        except pg.Error:
            refused.append(name)
        else:
            dropped.append(name)
    return tuple(dropped), tuple(refused)


def rename_database(session: Session, temporary: str, name: str) -> None:
    """Give the database its final name. Raises Misused if a database of this name was created meanwhile, or Failed."""
    query = sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(temporary), sql.Identifier(name))
    try:
        session.connection.execute(query)
    except pg.DuplicateDatabase:
        raise Misused(
            f"somebody else created a database {name} meanwhile",
            code=ErrorCode.DATABASE_EXISTS,
            instead=("choose a name that is not in use",),
        ) from None
    except pg.Error as error:
        raise Failed(
            f"the restored database cannot be renamed to {name}",
            code=ErrorCode.DATABASE_NOT_RENAMED,
            why=str(error).strip(),
            sqlstate=error.sqlstate,
            remains=Remains.UNCHANGED,
        ) from None


def comment_database(session: Session, name: str, text: str) -> None:
    """Set the comment of the database."""
    query = sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(text))
    session.connection.execute(query)
