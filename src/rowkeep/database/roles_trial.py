"""The audit by trying: as the bot, inside a transaction that is always rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

import psycopg
from psycopg import errors as states
from psycopg import sql

from rowkeep.database.roles import rights
from rowkeep.database.session import Session, answered
from rowkeep.domain.audit import Newborn, Trial, Verdict
from rowkeep.domain.role import Found, Wanted
from rowkeep.roles.acts import TRIAL, Act, acts

# A denied attempt waits for nothing; whatever would wait longer than this must not stand in the queue.
LOCK_TIMEOUT = "100ms"
ATTEMPTS = 3
LOCK_NOT_AVAILABLE = "55P03"


def attempt(session: Session, found: Found, wanted: Wanted) -> tuple[Trial, ...]:
    """Every act of `roles.acts`, as the bot, each in a savepoint; nothing of it stays."""
    todo = acts(found, wanted)
    if not todo:
        return ()
    with _rolled_back(session):
        obstacle = _become(session, found, wanted.bot, whole_session=True)
        return tuple(_try(session, act, obstacle) for act in todo)


def bear(session: Session, found: Found, wanted: Wanted) -> tuple[Newborn, ...]:
    """A table with a sequence, made as the owner in every wanted schema, and what the bot could do with them."""
    if found.role(wanted.bot) is None:
        return ()
    with _rolled_back(session):
        return tuple(
            _born(session, found, wanted, schema.schema) for schema in found.schemas if schema.schema in wanted.schemas
        )


@contextmanager
def _rolled_back(session: Session) -> Iterator[None]:
    connection = session.connection
    with answered("the audit cannot be made"), connection.transaction(force_rollback=True):
        connection.execute("SET TRANSACTION READ WRITE")
        connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(LOCK_TIMEOUT))
        connection.execute("SET LOCAL statement_timeout = '5s'")
        yield


def _become(session: Session, found: Found, role: str, *, whole_session: bool = False) -> str:
    """Be `role` until the end of the savepoint or transaction; '' or why that cannot be.

    whole_session: as if `role` had logged in, where the server lets us (then SET ROLE is judged as for `role`, too).
    """
    connection = session.connection
    me = found.role(found.me)
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
    # What may be granted may be had: the grant goes with the rollback.
    options = sql.SQL("WITH INHERIT FALSE, SET TRUE" if found.major >= 16 else "")
    try:
        with connection.transaction():
            connection.execute(sql.SQL("GRANT {} TO CURRENT_USER {}").format(name, options))
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(name))
        return ""
    except psycopg.Error as error:
        return f"{found.me} cannot act as {role}: {error.diag.message_primary}"


def _try(session: Session, act: Act, obstacle: str) -> Trial:
    if act.known:
        return Trial(act.act, act.subject, Verdict.ALLOWED, None, f"not tried, it would succeed: {act.known}", 0.0)
    if obstacle:
        return Trial(act.act, act.subject, Verdict.UNTRIED, None, obstacle, 0.0)
    began = perf_counter()
    for _ in range(ATTEMPTS):
        verdict, sqlstate, words = _once(session, act)
        if sqlstate != LOCK_NOT_AVAILABLE:
            break
    return Trial(act.act, act.subject, verdict, sqlstate, words, (perf_counter() - began) * 1000)


def _once(session: Session, act: Act) -> tuple[Verdict, str | None, str]:
    try:
        with session.connection.transaction(force_rollback=True):
            session.connection.execute(sql.SQL(act.sql))
    except states.InsufficientPrivilege as error:
        return Verdict.DENIED, error.sqlstate, error.diag.message_primary or ""
    except psycopg.Error as error:
        return Verdict.UNTRIED, error.sqlstate, error.diag.message_primary or str(error)
    return Verdict.ALLOWED, None, "it succeeded, and was rolled back"


def _born(session: Session, found: Found, wanted: Wanted, schema: str) -> Newborn:
    connection = session.connection
    bot = found.role(wanted.bot)
    table = sql.Identifier(schema, TRIAL)
    values = {
        "bot": bot.oid if bot else None,
        "table": table.as_string(connection),
        "rights": list(rights(found.major)),
    }
    try:
        with connection.transaction(force_rollback=True):
            obstacle = _become(session, found, wanted.owner)
            if obstacle:
                return Newborn(wanted.owner, schema, failure=obstacle)
            connection.execute(sql.SQL("CREATE TABLE {} (id bigserial)").format(table))
            on_table, on_sequence = session.ask("roles_newborn", values)[0]
    except psycopg.Error as error:
        return Newborn(wanted.owner, schema, failure=error.diag.message_primary or str(error))
    return Newborn(wanted.owner, schema, frozenset(on_table), frozenset(on_sequence))
