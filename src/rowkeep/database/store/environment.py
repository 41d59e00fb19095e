"""The mark that says what a database is for, kept in the database itself, in our own schema `rowkeep`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg.rows import TupleRow

from rowkeep.database.connection.session import Question, Session, run_queries
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
    """The identity of the session's database. Call it outside a transaction.

    `system` is empty if the role may not call pg_control_system(). Every role may, unless EXECUTE was revoked from
    PUBLIC.
    """
    with run_queries("the database could not be asked which one it is"):
        try:
            return Identity(*session.ask("environment.identity")[0])
        except psycopg.errors.InsufficientPrivilege:
            name, oid = session.ask("environment.identity_without_system")[0]
            return Identity(name, oid, "")


def read_environment(session: Session, settings: Settings | None = None) -> Environment:
    """What the database counts as: production, if that cannot be read.

    settings: may name a database that counts as development as long as it has no mark.
    """
    identity, (exists, readable) = _read_catalog(session)
    with run_queries("the mark of the database could not be read", "rowkeep.environment"):
        if exists and not readable:
            return Environment(identity, EnvironmentKind.PRODUCTION, "this role may not read its mark")
        rows = session.ask("environment.newest") if exists else []
    if not rows:
        configured = settings is not None and settings.development_database == identity.database
        return resolve_environment(identity, None, DEVELOPMENT if configured else None)
    kind, database, oid, system, at, role, because = rows[0]
    return resolve_environment(
        identity, EnvironmentMark(EnvironmentKind(kind), Identity(database, oid, system), at, role, because)
    )


def _read_catalog(session: Session) -> tuple[Identity, TupleRow]:
    """The identity of the database, and what `environment.exists` says, in one round trip if the role may."""
    with run_queries("the database could not be asked which one it is"):
        try:
            identities, marks = session.ask_together(Question("environment.identity"), Question("environment.exists"))
            return Identity(*identities[0]), marks[0]
        except psycopg.errors.InsufficientPrivilege:
            return read_identity(session), session.ask("environment.exists")[0]


def is_empty(session: Session, history: HistoryTable) -> bool:
    """Whether the database holds no row that could be lost: no table but an empty history and the ledger."""
    with run_queries("the database could not be asked what it holds"):
        empty: bool = session.ask("environment.is_empty", {"schema": history.schema, "table": history.table})[0][0]
    return empty


def mark_environment(session: Session, kind: EnvironmentKind, because: str | None = None) -> Environment:
    """Mark the database, creating the table if it is absent. Raises Refused or Failed with nothing changed."""
    identity = read_identity(session)
    if kind is not EnvironmentKind.PRODUCTION and not identity.system:
        raise Refused(
            f"the mark ({kind.value}) would not count: {UNKNOWN_SYSTEM}",
            code=ErrorCode.SERVER_NOT_IDENTIFIED,
            where=identity.database,
            why="a mark counts only on the server it was made on, and this server cannot be identified",
            instead=(GRANT, "export ROWKEEP_DEVELOPMENT_DATABASE=NAME   (for a development database without a mark)"),
        )
    values = {
        "kind": kind.value,
        "database": identity.database,
        "oid": identity.oid,
        "system": identity.system,
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
