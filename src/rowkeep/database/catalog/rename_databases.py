"""Renames two databases in one transaction, so that the restored one takes the place of the live one."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import errors as pg
from psycopg import sql

from rowkeep.database.connection.interruptible import InterruptibleConnection
from rowkeep.database.connection.session import Session
from rowkeep.domain.deploy.swap import SwappableDatabase
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Blocker
from rowkeep.errors import Failed, Remains, Unreachable

IDLE = "idle"


def read_database_facts(session: Session, names: Sequence[str]) -> dict[str, SwappableDatabase]:
    """What a swap needs to know of those databases that exist, by name."""
    facts = [SwappableDatabase(*row) for row in session.ask("swap.databases", {"names": list(names)})]
    return {fact.name: fact for fact in facts}


def list_kept_databases(session: Session, prefix: str) -> list[tuple[str, str, str | None]]:
    """Name, owner and comment of the databases whose names are those of replaced ones, the newest first."""
    return [(name, owner, comment) for name, owner, comment in session.ask("swap.kept", {"prefix": prefix})]


def find_database_oid(session: Session, name: str) -> int | None:
    """The oid of the database that has this name now."""
    rows = session.ask("swap.oid_of", {"name": name})
    return int(rows[0][0]) if rows else None


class SessionEnder:
    """Ends sessions of two databases: those that are idle, and if wanted those that are at work.

    session: a second session on the server. may_end_working: end those at work, too. ended: how many were ended.
    """

    def __init__(self, session: Session, databases: Sequence[str]) -> None:
        self._session = session
        self._names = list(databases)
        self._refused: set[int] = set()
        self.may_end_working = False
        self.ended = 0

    def list_sessions(self) -> list[Blocker]:
        """The sessions that are connected to one of the databases."""
        return [Blocker(*row) for row in self._session.ask("swap.sessions", {"names": self._names})]

    def end_sessions(self) -> None:
        """End the sessions that may be ended. Those that our role may not end stay."""
        for other in self.list_sessions():
            if other.pid in self._refused or not (self.may_end_working or other.state == IDLE):
                continue
            values = {"pid": other.pid, "names": self._names, "working": self.may_end_working}
            try:
                self.ended += len(self._session.ask("swap.end_session", values))
            except pg.InsufficientPrivilege:
                self._refused.add(other.pid)


def attempt_swap(
    session: Session,
    ender: SessionEnder,
    live: SwappableDatabase,
    incoming: SwappableDatabase,
    kept: str,
    comments: list[str],
) -> bool:
    """Rename `live` to `kept` and `incoming` to the name of `live`, and comment both. False: a session is in the way.

    comments: of the database that is kept and of the one that takes its place ('' = none). Everything happens in one
    transaction. While the server waits up to five seconds for the sessions of a database, new connections to it wait
    too, so an application that connects again at once cannot get in between. A connection that waited fails once.
    If our connection is lost, the names say what became of it. Raises Failed.
    """
    try:
        return _swap_databases(session, ender, live, incoming, kept, comments)
    except psycopg.OperationalError as lost:
        why = str(lost).strip()
    try:
        session.reopen()
        done = find_database_oid(session, live.name) == incoming.oid
    except (Unreachable, psycopg.Error):
        raise Failed(
            "the connection was lost during the swap",
            code=ErrorCode.CONNECTION_LOST,
            why=why,
            remains=Remains.UNKNOWN,
            remains_detail=f"if a database {kept} exists, they are swapped; otherwise nothing was changed",
            instead=("psql -l   (the list of databases shows which)",),
        ) from None
    if not done:
        raise Failed(
            "the connection was lost during the swap",
            code=ErrorCode.CONNECTION_LOST,
            why=why,
            remains=Remains.UNCHANGED,
            instead=("run the same command again",),
        )
    return True


def _swap_databases(
    session: Session,
    ender: SessionEnder,
    live: SwappableDatabase,
    incoming: SwappableDatabase,
    kept: str,
    comments: list[str],
) -> bool:
    """One transaction. Raises psycopg.OperationalError if the connection is lost."""
    connection = session.connection
    assert isinstance(connection, InterruptibleConnection)
    connection.attend = lambda quiet: ender.end_sessions()
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
    try:
        with connection.transaction():
            connection.execute(rename.format(sql.Identifier(live.name), sql.Identifier(kept)))
            connection.execute(rename.format(sql.Identifier(incoming.name), sql.Identifier(live.name)))
            for name, text in zip((kept, live.name), comments, strict=True):
                connection.execute(comment.format(sql.Identifier(name), sql.Literal(text or None)))
    except (pg.ObjectInUse, pg.LockNotAvailable):
        return False
    except psycopg.OperationalError:
        if connection.broken:
            raise
        return False
    except psycopg.Error as error:
        raise Failed(
            f"{live.name} and {incoming.name} could not be swapped",
            code=ErrorCode.DATABASE_NOT_SWAPPED,
            why=str(error).strip(),
            sqlstate=error.sqlstate,
            remains=Remains.UNCHANGED,
        ) from None
    finally:
        connection.attend = None
    return True
