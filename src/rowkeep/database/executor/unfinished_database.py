"""Databases that a restore fills under a name of their own; they get the wanted name when all is compared."""

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
    """The name under which this session's restore fills the database that will be `name`; it tells the session."""
    pid, start = session.ask("databases.session_identity")[0]
    whole = f"rowkeep_restoring_{pid}_{start}_{name}"
    return whole.encode()[:LONGEST].decode(errors="ignore")


def sweep_unfinished(session: Session) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Drop what killed restores left: (names of those dropped, names of those that the role may not drop)."""
    dropped: list[str] = []
    others: list[str] = []
    for name, ours, alive in session.ask("databases.unfinished_restores"):
        if alive:
            continue
        if not ours:
            others.append(name)
            continue
        try:
            databases.drop_database(session, name)
        except pg.Error:
            others.append(name)
        else:
            dropped.append(name)
    return tuple(dropped), tuple(others)


def rename_database(session: Session, temporary: str, name: str) -> None:
    """Give the database its name. Raises Misused when somebody made one of this name meanwhile, Failed otherwise."""
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
    """Say `text` of the database."""
    query = sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(text))
    session.connection.execute(query)
