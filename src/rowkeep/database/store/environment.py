"""The mark that says what a database is for, kept in the database itself, in our own schema `rowkeep`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from rowkeep.database.connection.session import Session, run_queries
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.history.environment import (
    GRANT,
    UNKNOWN_SYSTEM,
    Environment,
    EnvironmentKind,
    EnvironmentMark,
    Identity,
    resolve_environment,
)
from rowkeep.domain.history.ledger import HistoryTable
from rowkeep.errors import Failed, Refused

if TYPE_CHECKING:
    from rowkeep.config import Settings


DEVELOPMENT = "it has no mark, and this run takes it for development"
"""Why a database without a mark counts as development: the environment or the embedded server says so."""


def read_identity(session: Session) -> Identity:
    """Which database the session is connected to; outside of a transaction.

    Its `system` is empty where the role may not call pg_control_system(). Every role may, unless somebody has revoked
    EXECUTE from PUBLIC.
    """
    with run_queries("the database could not be asked which one it is"):
        try:
            return Identity(*session.ask("environment.identity")[0])
        except psycopg.errors.InsufficientPrivilege:
            name, oid = session.ask("environment.identity_without_system")[0]
            return Identity(name, oid, "")


def read_environment(session: Session, settings: Settings | None = None) -> Environment:
    """What the database counts as. Whatever cannot be read counts as production.

    settings: may name a database that counts as development as long as it has no mark.
    """
    known = read_identity(session)
    with run_queries("the mark of the database could not be read", "rowkeep.environment"):
        there, readable = session.ask("environment.exists")[0]
        if there and not readable:
            return Environment(known, EnvironmentKind.PRODUCTION, "this role may not read its mark")
        rows = session.ask("environment.newest") if there else []
    if not rows:
        named = settings is not None and settings.development_database == known.database
        return resolve_environment(known, None, DEVELOPMENT if named else None)
    kind, database, oid, system, at, role, because = rows[0]
    return resolve_environment(
        known, EnvironmentMark(EnvironmentKind(kind), Identity(database, oid, system), at, role, because)
    )


def is_empty(session: Session, history: HistoryTable) -> bool:
    """Whether the database holds no row that could be lost: no table but an empty history and the ledger."""
    with run_queries("the database could not be asked what it holds"):
        found: bool = session.ask("environment.is_empty", {"schema": history.schema, "table": history.table})[0][0]
    return found


def mark_environment(session: Session, kind: EnvironmentKind, because: str | None = None) -> Environment:
    """Mark the database, making the table where it is absent. Raises Refused or Failed with nothing changed."""
    known = read_identity(session)
    if kind is not EnvironmentKind.PRODUCTION and not known.system:
        raise Refused(
            f"the mark ({kind.value}) would not count: {UNKNOWN_SYSTEM}",
            code=ErrorCode.SERVER_NOT_IDENTIFIED,
            where=known.database,
            why="a mark counts only on the server it was made on, and this server cannot be identified",
            instead=(GRANT, "export ROWKEEP_DEVELOPMENT_DATABASE=NAME   (for a development database without a mark)"),
        )
    values = {
        "kind": kind.value,
        "database": known.database,
        "oid": known.oid,
        "system": known.system,
        "because": because,
    }
    try:
        with session.connection.transaction():
            if not session.ask("ledger.schema_exists")[0][0]:
                session.do("ledger.create_schema")
            if not session.ask("environment.exists")[0][0]:
                session.do("environment.create_table")
            session.do("environment.insert", values)
    except psycopg.Error as error:
        raise Failed(
            "the mark could not be written",
            code=ErrorCode.BOOKKEEPING_FAILED,
            where="rowkeep.environment",
            why=str(error).strip(),
            sqlstate=error.sqlstate,
            instead=("rowkeep doctor",),
        ) from None
    return read_environment(session)
