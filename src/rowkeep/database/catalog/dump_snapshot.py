"""Facts for a backup, and a snapshot that pg_dump and our own counting share, with tables locked against DDL."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors as pg
from psycopg import sql

from rowkeep.database.connection.session import Session
from rowkeep.database.connection.session_policy import use_own_settings
from rowkeep.domain.deploy.backup import DatabaseGrant, DatabaseProperties, DatabaseSetting, Extension, SavedRole
from rowkeep.domain.event import Blocker
from rowkeep.domain.frozen import dataclass

ATTEMPTS = 5

OUTPUT_SETTINGS = {
    "row_security": "off",
    "DateStyle": "ISO, YMD",
    "TimeZone": "UTC",
    "lc_monetary": "C",
    "xmlbinary": "base64",
    "xmloption": "content",
    "default_transaction_read_only": "on",
}
"""In addition to our own settings: every value is printed in one form, and no row is hidden."""


@dataclass(frozen=True, slots=True)
class DumpFacts:
    """The server and database at the moment of asking. lock_slots: how many locks its lock table certainly holds."""

    database: str
    role: str
    version: str
    standby: bool
    lsn: str | None
    now: str
    lock_slots: int


@dataclass(frozen=True, slots=True)
class DumpTable:
    """A table whose rows the dump carries. bytes: on disk, without indexes."""

    oid: int
    schema: str
    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class ExportedSnapshot:
    """An exported snapshot. id: for `pg_dump --snapshot`; locked: our own locks keep every table as it is."""

    id: str
    tables: tuple[DumpTable, ...]
    locked: bool


class SnapshotError(Exception):
    """The server refused, or is gone. why, sqlstate: its error; blockers: (table, session), the holder first."""

    def __init__(self, why: str, sqlstate: str | None, blockers: tuple[tuple[str, Blocker], ...] = ()) -> None:
        super().__init__(why)
        self.why = why
        self.sqlstate = sqlstate
        self.blockers = blockers


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn the driver's errors into SnapshotError, which packages without the driver can catch."""
    try:
        yield
    except psycopg.Error as error:
        raise SnapshotError(str(error).strip(), error.sqlstate) from None


def prepare_session(session: Session, *, lock_timeout: float) -> None:
    """Make the session read every row, in one output form, without time limits except on locks (seconds)."""
    use_own_settings(session)
    session.add_own_settings({**OUTPUT_SETTINGS, "lock_timeout": f"{round(lock_timeout * 1000)}ms"})


def read_facts(session: Session) -> DumpFacts:
    """Version, role, position in the WAL, and so on."""
    return DumpFacts(*session.ask("dump_snapshot.facts")[0])


def count_relations(session: Session) -> tuple[int, int]:
    """How many tables (with partitioned ones and materialized views) and sequences the database has."""
    tables, sequences = session.ask("dump_snapshot.count_relations")[0]
    return tables, sequences


def read_system_identifier(session: Session) -> str | None:
    """The cluster's permanent identifier; None if the service does not allow reading it."""
    try:
        return str(session.ask("dump_snapshot.system_identifier")[0][0])
    except pg.InsufficientPrivilege:
        return None


def find_unreadable(session: Session) -> dict[str, tuple[str, ...]]:
    """Names of what the role cannot read in full, by reason (`table`, `row security` …)."""
    unreadable: dict[str, tuple[str, ...]] = {}
    for reason, name in session.ask("dump_snapshot.unreadable"):
        unreadable[reason] = (*unreadable.get(reason, ()), name)
    return unreadable


def read_extensions(session: Session) -> tuple[Extension, ...]:
    """The extensions in the database, without PL/pgSQL, which every database has."""
    return tuple(Extension(*row) for row in session.ask("dump_snapshot.extensions"))


def read_available_extensions(session: Session) -> frozenset[str]:
    """The extensions that the server could create."""
    return frozenset(row[0] for row in session.ask("dump_snapshot.available_extensions"))


def read_functions_without_path(session: Session) -> tuple[list[tuple[str, str, str, str, bool]], dict[str, set[str]]]:
    """Functions without a search_path of their own, and by kind the names that only a search_path finds.

    A function: (schema, name, arguments, body, whether a restore calls it).
    """
    names: dict[str, set[str]] = {}
    functions = [tuple(row) for row in session.ask("dump_snapshot.functions_without_search_path")]
    if any(row[4] for row in functions):
        for kind, name in session.ask("dump_snapshot.names_in_search_path"):
            names.setdefault(kind, set()).add(name)
    return functions, names


def read_roles(session: Session) -> tuple[SavedRole, ...]:
    """Every role except those of PostgreSQL itself."""
    return tuple(
        SavedRole(
            name,
            tuple(attributes),
            needed,
            tuple(dict.fromkeys(zip(parents, options, strict=True))),
            tuple((entry.split("=", 1)[0], entry.split("=", 1)[1]) for entry in settings),
        )
        for name, attributes, needed, parents, options, settings in session.ask("dump_snapshot.roles")
    )


def read_properties(session: Session) -> DatabaseProperties:
    """The properties of the current database, from CREATE DATABASE and ALTER DATABASE."""
    owner, encoding, collate, ctype, provider, locale, icu_rules, limit, comment, changed_grants = session.ask(
        "dump_snapshot.database"
    )[0]
    settings = tuple(DatabaseSetting(*row) for row in session.ask("dump_snapshot.database_settings"))
    grants = (
        tuple(DatabaseGrant(*row) for row in session.ask("dump_snapshot.database_grants")) if changed_grants else None
    )
    return DatabaseProperties(
        owner, encoding, collate, ctype, provider, locale, icu_rules, limit, comment, settings, grants
    )


@contextmanager
def share_snapshot(session: Session, id: str) -> Iterator[None]:
    """Run a transaction of `session` in the exported snapshot `id`."""
    connection = session.connection
    with translate_errors():
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(id)))
            yield
        finally:
            with contextlib.suppress(psycopg.Error):
                connection.execute("ROLLBACK")


@contextmanager
def hold_snapshot(session: Session, *, lock_slots: int) -> Iterator[ExportedSnapshot]:
    """Lock every table against ALTER, DROP and TRUNCATE, export a snapshot, and keep both until the end.

    The locks come first: a TRUNCATE or a rewriting ALTER between snapshot and lock would show empty tables to both
    pg_dump and us (manual, 13.6). If the server's lock table is too small for pg_dump's locks and ours together,
    ours are left out. Raises SnapshotError if a lock is not granted within the session's lock_timeout.
    """
    connection = session.connection
    try:
        yield _hold(session, lock_slots)
    finally:
        with contextlib.suppress(psycopg.Error):
            connection.execute("ROLLBACK")


def _hold(session: Session, lock_slots: int) -> ExportedSnapshot:
    for _ in range(ATTEMPTS):
        listed = session.ask("dump_snapshot.tables")
        locking = len(listed) <= lock_slots // 3
        if not locking and not _fits_once(session, [(row[0], row[1], row[2]) for row in listed]):
            continue
        session.connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if locking and listed and not _lock(session, [(row[0], row[1], row[2]) for row in listed]):
            continue
        exported = session.ask("dump_snapshot.export")[0][0]
        if session.ask("dump_snapshot.tables") == listed or not locking:
            break
        # A table was created or renamed between the list and the lock.
        session.connection.execute("ROLLBACK")
    else:
        raise SnapshotError("tables are being created, renamed or dropped all the time", None)
    sizes: dict[int, int | None] = dict(session.ask("dump_snapshot.sizes", {"oids": [row[0] for row in listed]}))
    tables = tuple(
        DumpTable(oid, schema, name, sizes.get(oid) or 0)
        for oid, schema, name, partitioned in listed
        if not partitioned
    )
    return ExportedSnapshot(exported, tables, locking)


def _fits_once(session: Session, listed: list[tuple[int, str, str]]) -> bool:
    """Whether all tables still exist. Raises SnapshotError if the server cannot lock them all even once.

    pg_dump needs the same locks, and would fail after minutes of reading: this tries beforehand, and rolls back.
    """
    session.connection.execute("BEGIN")
    try:
        if not _lock(session, listed):
            return False
    except pg.OutOfMemory as error:
        session.connection.execute("ROLLBACK")
        hint = f"\n{error.diag.message_hint}" if error.diag.message_hint else ""
        raise SnapshotError(f"{error.diag.message_primary}{hint}", error.sqlstate) from None
    session.connection.execute("ROLLBACK")
    return True


def _lock(session: Session, listed: list[tuple[int, str, str]]) -> bool:
    """Whether all tables are locked; False when one of them is gone by now."""
    names = sql.SQL(", ").join(sql.SQL("ONLY {}").format(sql.Identifier(schema, name)) for _, schema, name in listed)
    try:
        session.connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(names))
    except (pg.UndefinedTable, pg.InvalidSchemaName):
        session.connection.execute("ROLLBACK")
        return False
    except pg.LockNotAvailable as error:
        session.connection.execute("ROLLBACK")
        raise SnapshotError(
            str(error).strip(), error.sqlstate, find_blockers(session, [row[0] for row in listed])
        ) from None
    return True


def find_blockers(session: Session, oids: list[int]) -> tuple[tuple[str, Blocker], ...]:
    """Who holds (or waits for) a lock that forbids reading one of these tables."""
    return tuple(
        (
            table,
            Blocker(
                pid=pid,
                user=user,
                application=application or None,
                address=address,
                state=state if granted else "waiting for its lock",
                age=age,
                query=query,
            ),
        )
        for table, granted, pid, user, application, address, state, age, query in session.ask(
            "dump_snapshot.blockers", {"oids": oids}
        )
    )
