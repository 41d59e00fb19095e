"""Restores a backup into a new database beside the old one, and drops it again if anything fails."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

from rowkeep.backup import search_path_retry
from rowkeep.backup.restore import check_restorable, restore
from rowkeep.database.catalog import database_properties, databases, unfinished_database
from rowkeep.database.connection.session import Session, connect
from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.backup import Backup, RestoredBackup
from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Noted
from rowkeep.domain.frozen import replace
from rowkeep.errors import Interrupted, Misused, Refused, Remains, RowkeepError, Unreachable
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.programs.uninterruptible import defer_signals
from rowkeep.report.backups import differing_comment


def restore_into(
    backup: Backup,
    programs: Programs,
    conninfo: str,
    name: str,
    *,
    emit: Emit,
    jobs: int | None = None,
    create_roles: bool = False,
    keep_differing: bool = False,
    stage: str = "restore",
) -> RestoredBackup:
    """Restore `backup` into the new database `name` on the server of `conninfo`, with the original's settings.

    Never into an existing database. It is restored under a temporary name and renamed to `name` after the comparison,
    so a database with this name is always complete. Leftovers of killed restores are dropped first.
    create_roles: create missing roles, without login and rights. keep_differing: keep a copy whose only fault is that
    counts differ; its comment says so, and `differing` lists them.
    On an error or an interruption the new database is dropped again; no other database is changed.
    Raises Misused for an existing name, Refused for missing roles, RightMissing, BackupFailed, ProgramMissing.
    """
    if not 0 < len(name.encode(errors="surrogateescape")) <= unfinished_database.LONGEST or "\0" in name:
        raise Misused(
            f"a database name must have 1 to {unfinished_database.LONGEST} bytes",
            code=ErrorCode.INVALID_USAGE,
            where=name,
            instead=("choose a shorter name",),
        )
    with maintenance_session(conninfo) as session:
        if databases.database_exists(session, name):
            raise Misused(
                f"the database {name} already exists",
                code=ErrorCode.DATABASE_EXISTS,
                why="a backup is never restored into an existing database: rows would be lost or duplicated",
                instead=("choose a name that is not in use: rowkeep restore BACKUP --into NEWDB",),
            )
        _drop_leftovers(session, emit)
        here = session.connection.info.dbname
        check_restorable(backup, programs, conninfo, emit=emit, stage=stage, dbname=here)
        _require_roles(backup, session, create_roles, emit)
        with _temporary_database(session, name) as temporary:
            restored = _create_and_restore(
                backup, programs, conninfo, session, temporary, emit, jobs=jobs, stage=stage, keep=keep_differing
            )
            remarks = (
                database_properties.apply_properties(session, temporary, backup.properties)
                if backup.properties
                else ()
            )
            if restored.differing:
                unfinished_database.comment_database(session, temporary, differing_comment(restored))
            with defer_signals():
                unfinished_database.rename_database(session, temporary, name)
    return replace(restored, database=name, remarks=(*restored.remarks, *remarks))


def _create_and_restore(
    backup: Backup,
    programs: Programs,
    conninfo: str,
    session: Session,
    temporary: str,
    emit: Emit,
    *,
    jobs: int | None,
    stage: str,
    keep: bool,
) -> RestoredBackup:
    """Create the temporary database and restore into it."""

    def attempt(search_path: tuple[str, ...] | None) -> RestoredBackup:
        databases.create_database(session, temporary, backup.properties)
        return restore(
            backup,
            programs,
            conninfo,
            emit=emit,
            jobs=jobs,
            stage=stage,
            checked=True,
            dbname=temporary,
            search_path=search_path,
            analyze=True,
            keep_differing=keep,
        )

    return search_path_retry.restore_with_retry(
        backup, attempt, lambda: databases.drop_database(session, temporary), emit
    )


@contextlib.contextmanager
def _temporary_database(session: Session, name: str) -> Iterator[str]:
    """The name of a temporary database. If the body fails, the database is dropped if it exists."""
    temporary = unfinished_database.temporary_name(session, name)
    try:
        yield temporary
    except BaseException as error:
        databases.drop_database(session, temporary)
        raise _with_outcome(error, name) from error


def _drop_leftovers(session: Session, emit: Emit) -> None:
    dropped, others = unfinished_database.sweep_unfinished(session)
    if dropped:
        emit(Noted(f"dropped leftovers of a killed restore: {', '.join(dropped)}", warning=True))
    if others:
        named = ", ".join(quote_name(name) for name in others)
        emit(Noted(f"a killed restore left {named}; this role may not drop it: run DROP DATABASE as its owner", True))


@contextlib.contextmanager
def maintenance_session(conninfo: str) -> Iterator[Session]:
    """A session that can create databases; connected to `postgres` if the configured database does not exist.

    Raises RightMissing if its role may not create databases.
    """
    stack = contextlib.ExitStack()
    with stack:
        try:
            session = stack.enter_context(connect(conninfo, application="rowkeep restore"))
        except Unreachable as error:
            if error.code is not ErrorCode.DATABASE_NOT_FOUND:
                raise
            session = stack.enter_context(connect(conninfo, application="rowkeep restore", dbname="postgres"))
        databases.allow_writes(session)
        databases.require_createdb(session)
        yield session


def _require_roles(backup: Backup, session: Session, create: bool, emit: Emit) -> None:
    missing = database_properties.find_missing_roles(session, backup.roles)
    if not missing:
        return
    named = ", ".join(missing)
    if not create:
        raise Refused(
            f"{count_text(len(missing), 'role')} that the backup needs {'is' if len(missing) == 1 else 'are'} "
            f"not on this server: {named}",
            code=ErrorCode.ROLE_NOT_FOUND,
            why="roles belong to the server, not to the database, so the dump does not contain them",
            instead=(
                f"create them from {backup.roles_path}" if backup.roles_file else "CREATE ROLE …;",
                "or create them without login and rights: the same command with --create-roles",
            ),
        )
    warnings = database_properties.create_roles(session, backup.roles, whole=False)
    emit(Noted(f"created without login and rights: {named}", warning=True))
    for words in warnings:
        emit(Noted(words, warning=True))


def _with_outcome(error: BaseException, name: str) -> BaseException:
    """The error, with what happened to the new database."""
    if isinstance(error, KeyboardInterrupt):
        number = int(getattr(error, "signal", signal.SIGINT))
        error = Interrupted(f"interrupted ({signal.Signals(number).name})", code=ErrorCode.INTERRUPTED, signal=number)
    if isinstance(error, RowkeepError):
        detail = f"the half-restored database {name} was dropped again; no other database was changed"
        return error.replace(remains=Remains.UNCHANGED, remains_detail=detail)
    return error
