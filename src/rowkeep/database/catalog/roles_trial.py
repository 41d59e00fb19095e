"""The audit by attempts: acts as the bot, in a transaction that is always rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

import psycopg
from psycopg import errors as states
from psycopg import sql

from rowkeep.database.catalog.roles import table_privileges
from rowkeep.database.connection.session import Session, run_queries
from rowkeep.domain.roles.role import RolesOnServer, WantedRoles
from rowkeep.domain.roles.role_audit import Attempt, AttemptOutcome, NewTableAttempt
from rowkeep.roles.attempts import TRIAL, DestructiveAct, operations

# A denied attempt waits for no lock; one that would wait longer must not queue before others.
LOCK_TIMEOUT = "100ms"
ATTEMPTS = 3
LOCK_NOT_AVAILABLE = "55P03"


def attempt_all(session: Session, roles: RolesOnServer, wanted: WantedRoles) -> tuple[Attempt, ...]:
    """Try every destructive operation as the bot, each in a savepoint. Nothing of it stays."""
    pending = operations(roles, wanted)
    if not pending:
        return ()
    with _in_rolled_back_transaction(session):
        obstacle = _set_role(session, roles, wanted.bot, whole_session=True)
        return tuple(_try(session, operation, obstacle) for operation in pending)


def attempt_on_new_table(session: Session, roles: RolesOnServer, wanted: WantedRoles) -> tuple[NewTableAttempt, ...]:
    """Create a table with a sequence as the owner in every wanted schema, and read what the bot could do with them."""
    if roles.role(wanted.bot) is None:
        return ()
    with _in_rolled_back_transaction(session):
        return tuple(
            _try_new_table(session, roles, wanted, schema.schema)
            for schema in roles.schemas
            if schema.schema in wanted.schemas
        )


@contextmanager
def _in_rolled_back_transaction(session: Session) -> Iterator[None]:
    connection = session.connection
    with run_queries("the audit cannot be made"), connection.transaction(force_rollback=True):
        connection.execute("SET TRANSACTION READ WRITE")
        connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(LOCK_TIMEOUT))
        connection.execute("SET LOCAL statement_timeout = '5s'")
        yield


def _set_role(session: Session, roles: RolesOnServer, role: str, *, whole_session: bool = False) -> str:
    """Become `role` until the end of the savepoint or transaction. Returns '', or why that is not possible.

    whole_session: as if `role` had logged in, if the server allows it (then SET ROLE works as for `role`, too).
    """
    connection = session.connection
    me = roles.role(roles.me)
    name = sql.Identifier(role)
    if whole_session and me is not None and me.superuser:
        connection.execute(sql.SQL("SET LOCAL SESSION AUTHORIZATION {}").format(name))
        return ""
    try:
        with connection.transaction():
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(name))
        return ""
    except states.InsufficientPrivilege:
        pass
    # If we may grant the role, we can become it: the grant ends with the rollback.
    options = sql.SQL("WITH INHERIT FALSE, SET TRUE" if roles.major >= 16 else "")
    try:
        with connection.transaction():
            connection.execute(sql.SQL("GRANT {} TO CURRENT_USER {}").format(name, options))
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(name))
        return ""
    except psycopg.Error as error:
        return f"{roles.me} cannot act as {role}: {error.diag.message_primary}"


def _try(session: Session, operation: DestructiveAct, obstacle: str) -> Attempt:
    if operation.known:
        return Attempt(
            operation.operation,
            operation.subject,
            AttemptOutcome.ALLOWED,
            None,
            f"not tried, it would succeed: {operation.known}",
            0.0,
        )
    if obstacle:
        return Attempt(operation.operation, operation.subject, AttemptOutcome.UNTRIED, None, obstacle, 0.0)
    began = perf_counter()
    for _ in range(ATTEMPTS):
        result, sqlstate, words = _attempt_once(session, operation)
        if sqlstate != LOCK_NOT_AVAILABLE:
            break
    return Attempt(operation.operation, operation.subject, result, sqlstate, words, (perf_counter() - began) * 1000)


def _attempt_once(session: Session, operation: DestructiveAct) -> tuple[AttemptOutcome, str | None, str]:
    try:
        with session.connection.transaction(force_rollback=True):
            session.connection.execute(sql.SQL(operation.sql))
    except states.InsufficientPrivilege as error:
        return AttemptOutcome.DENIED, error.sqlstate, error.diag.message_primary or ""
    except psycopg.Error as error:
        return AttemptOutcome.UNTRIED, error.sqlstate, error.diag.message_primary or str(error)
    return AttemptOutcome.ALLOWED, None, "it succeeded, and was rolled back"


def _try_new_table(session: Session, roles: RolesOnServer, wanted: WantedRoles, schema: str) -> NewTableAttempt:
    connection = session.connection
    bot = roles.role(wanted.bot)
    table = sql.Identifier(schema, TRIAL)
    values = {
        "bot": bot.oid if bot else None,
        "table": table.as_string(connection),
        "rights": list(table_privileges(roles.major)),
    }
    try:
        with connection.transaction(force_rollback=True):
            obstacle = _set_role(session, roles, wanted.owner)
            if obstacle:
                return NewTableAttempt(wanted.owner, schema, failure=obstacle)
            connection.execute(sql.SQL("CREATE TABLE {} (id bigserial)").format(table))
            on_table, on_sequence = session.ask("roles.new_table_rights", values)[0]
    except psycopg.Error as error:
        return NewTableAttempt(wanted.owner, schema, failure=error.diag.message_primary or str(error))
    return NewTableAttempt(wanted.owner, schema, frozenset(on_table), frozenset(on_sequence))
