"""Reads the roles of a server in one snapshot, and changes them in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from time import sleep
from typing import Any

import psycopg
from psycopg import errors as states
from psycopg import sql

from rowkeep.database.connection.session import Session, run_queries
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Blocker, Emit, Waiting
from rowkeep.domain.frozen import replace
from rowkeep.domain.roles.role import (
    Bypass,
    FutureGrants,
    Membership,
    ObjectGrant,
    OwnedObject,
    RoleChange,
    RolesOnServer,
    RolesPlan,
    ServerRole,
)
from rowkeep.errors import Busy, Failed, Remains
from rowkeep.roles.membership import reachable_roles

RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
ATTEMPTS = 5


def table_privileges(major: int) -> tuple[str, ...]:
    """The rights that can be granted on a table (MAINTAIN came with PostgreSQL 17)."""
    return (*RIGHTS, "MAINTAIN") if major >= 17 else RIGHTS


def current_database(session: Session) -> str:
    """The name of the database the session is in."""
    return session.connection.info.dbname


def read_roles(session: Session, *, bot: str, others: Iterable[str]) -> RolesOnServer:
    """Everything about `bot` and the `others` (migration role, owner), in one snapshot. Reads only."""
    with run_queries("the roles cannot be looked at"), session.connection.transaction():
        session.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        version_num, me, _ = session.ask("roles.server")[0]
        roles = tuple(ServerRole(*_as_tuple(row)) for row in session.ask("roles.roles"))
        memberships = tuple(Membership(*row) for row in session.ask("roles.memberships"))
        oids = {role.name: role.oid for role in roles}
        reach = [oids[name] for name in sorted(reachable_roles(memberships, bot)) if name in oids]
        values: dict[str, Any] = {
            "bot": oids.get(bot),
            "reach": reach,
            "concerned": sorted({*reach, *(oids[name] for name in others if name in oids)}),
            "rights": list(table_privileges(version_num // 10000)),
        }
        on_server = RolesOnServer(
            version_num=version_num,
            me=me,
            database=_owned_object(session.ask("roles.database", values)[0]),
            roles=roles,
            memberships=memberships,
            schemas=tuple(map(_owned_object, session.ask("roles.schemas", values))),
            relations=tuple(map(_owned_object, session.ask("roles.relations", values))),
            objects=tuple(OwnedObject(*row) for row in session.ask("roles.objects")),
            futures=tuple(_future_grants(row) for row in session.ask("roles.default_privileges", values)),
            with_password=_with_password(session, roles, me),
            address=(session.connection.info.host or "", str(session.connection.info.port)),
        )
        return replace(on_server, holes=tuple(_bypasses(session, values))) if bot in oids else on_server


def _with_password(session: Session, roles: Iterable[ServerRole], me: str) -> frozenset[str] | None:
    if not any(role.superuser for role in roles if role.name == me):
        return None
    return frozenset(name for (name,) in session.ask("roles.passwords"))


def _owned_object(row: tuple[Any, ...]) -> OwnedObject:
    *facts, able, reachable, grants, by_column = row
    parts = [*facts, frozenset(able), frozenset(reachable), _grants(grants), frozenset(by_column)]
    return OwnedObject(*parts)


def _as_tuple(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(tuple(value) if isinstance(value, list) else value for value in row)


def _future_grants(row: tuple[Any, ...]) -> FutureGrants:
    creator, schema, objects, grants = row
    return FutureGrants(creator, schema, objects, _grants(grants))


def _grants(rows: list[list[Any]] | None) -> tuple[ObjectGrant, ...]:
    return tuple(ObjectGrant(*row) for row in rows or ())


def _bypasses(session: Session, values: Mapping[str, Any]) -> list[Bypass]:
    names = ["roles.bypasses"]
    if session.version_num >= 150000:
        names.append("roles.parameters_from15")
    return [
        Bypass(kind, subject, tuple(details)) for name in names for kind, subject, details in session.ask(name, values)
    ]


def apply_plan(session: Session, plan: RolesPlan, passwords: Mapping[str, str], emit: Emit) -> None:
    """Apply the plan in one transaction. If a lock is not free within 2 s, roll back and try again.

    passwords: cleartext by role; only the SCRAM verifier computed from it leaves this process. Raises Busy if the
    locks stay taken, Failed if the server refuses; in both cases nothing is changed.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with session.connection.transaction():
                session.connection.execute("SET LOCAL lock_timeout = '2s'")
                for change in plan.changes:
                    _apply_change(session, change, passwords)
            return
        except states.LockNotAvailable as error:
            holders = tuple(Blocker(*row) for row in session.ask("roles.lock_holders"))
            if attempt == ATTEMPTS:
                raise Busy(
                    "a table is in use: could not acquire the lock to change its owner",
                    code=ErrorCode.LOCK_TIMEOUT,
                    why=_error_text(error),
                    sqlstate=error.sqlstate,
                    blockers=holders,
                    instead=("rowkeep roles apply   (again, at a quieter time)",),
                ) from None
            emit(Waiting("the lock on a table that changes its owner", 2.0 * attempt, holders))
            sleep(0.5 * attempt)
        except psycopg.OperationalError as error:
            raise Failed(
                "the connection was lost while the plan was being applied",
                code=ErrorCode.CONNECTION_LOST,
                why=_error_text(error),
                remains=Remains.UNKNOWN if session.connection.closed else Remains.UNCHANGED,
                instead=("rowkeep roles plan   (shows what is missing still)",),
            ) from None


def _apply_change(session: Session, change: RoleChange, passwords: Mapping[str, str]) -> None:
    for text in change.statements:
        query = _with_verifier(session, change.secret, passwords) if change.secret else sql.SQL(text)
        try:
            session.connection.execute(query)
        except psycopg.OperationalError:
            raise  # a lock that was not free, or a lost connection
        except psycopg.Error as error:
            raise Failed(
                "the server refused a statement of the plan",
                code=ErrorCode.ROLES_NOT_CHANGED,
                where=text,
                why=_error_text(error),
                sqlstate=error.sqlstate,
                remains=Remains.UNCHANGED,
                remains_detail="the roles and rights are as before: the whole plan was rolled back",
                instead=("rowkeep roles plan -d URL   (connected as a superuser, or as the owner with CREATEROLE)",),
            ) from None


def _with_verifier(session: Session, role: str, passwords: Mapping[str, str]) -> sql.Composed:
    return sql.SQL("ALTER ROLE {} PASSWORD {}").format(
        sql.Identifier(role), sql.Literal(scram_verifier(session, role, passwords[role]))
    )


def scram_verifier(session: Session, role: str, password: str) -> str:
    """The SCRAM-SHA-256 verifier of a password, computed by libpq here (PQencryptPasswordConn)."""
    return session.connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()


def _error_text(error: psycopg.Error) -> str:
    parts = (error.diag.message_primary or str(error).strip(), error.diag.message_detail, error.diag.message_hint)
    return "\n".join(part for part in parts if part)
