"""A backup into a new database beside the old one: made, filled, compared; dropped again if anything fails."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from dataclasses import replace

from rowkeep.backup import search_path_retry
from rowkeep.backup.pg_restore import BareName
from rowkeep.backup.restore import check_restorable, restore
from rowkeep.database.catalog import database_properties, databases
from rowkeep.database.connection.session import Session, connect
from rowkeep.database.executor import unfinished_index
from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.backup import Backup, RestoredBackup
from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Noted
from rowkeep.errors import Bug, Interrupted, Misused, Refused, Remains, RowkeepError, Unreachable
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

    Never over an existing database. It is filled under a name of its own and gets `name` when all was compared, so
    that a database of this name is always a whole one; what a killed restore left is dropped first.
    create_roles: make the roles that are missing, as names without login and rights. keep_differing: keep a copy whose
    only fault are other numbers; its comment says so, and `differing` names them.
    When anything fails, or we are interrupted, the database that was made is dropped again; no other was touched.
    Raises Misused for a name that is taken, Refused for missing roles, RightMissing, BackupFailed, ProgramMissing.
    """
    if not 0 < len(name.encode(errors="surrogateescape")) <= unfinished_index.LONGEST or "\0" in name:
        raise Misused(
            f"a database name must have 1 to {unfinished_index.LONGEST} bytes",
            code=ErrorCode.INVALID_USAGE,
            where=name,
            instead=("choose a shorter name",),
        )
    with maintenance_session(conninfo) as session:
        if databases.database_exists(session, name):
            raise Misused(
                f"the database {name} exists already",
                code=ErrorCode.DATABASE_EXISTS,
                why="a backup is never restored over a database: rows would be lost or duplicated",
                instead=("choose a name that is not in use: rowkeep restore BACKUP --into NEWDB",),
            )
        _sweep(session, emit)
        here = session.connection.info.dbname
        check_restorable(backup, programs, conninfo, emit=emit, stage=stage, dbname=here)
        _roles(backup, session, create_roles, emit)
        with _temporary(session, name) as temporary:
            restored = _create_and_restore(
                backup, programs, conninfo, session, temporary, emit, jobs=jobs, stage=stage, keep=keep_differing
            )
            remarks = (
                database_properties.apply_properties(session, temporary, backup.properties)
                if backup.properties
                else ()
            )
            if restored.differing:
                unfinished_index.comment_index(session, temporary, differing_comment(restored))
            with defer_signals():
                unfinished_index.rename_index(session, temporary, name)
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
    """Make the temporary database and restore into it; once more with a search_path where functions need one."""
    *more, last = search_path_retry.restore_attempts(backup)
    for path in (*more, last):
        databases.create_database(session, temporary, backup.properties)
        try:
            return restore(
                backup,
                programs,
                conninfo,
                emit=emit,
                jobs=jobs,
                stage=stage,
                checked=True,
                dbname=temporary,
                search_path=path,
                analyze=True,
                keep_differing=keep,
            )
        except BareName:
            if path is last:
                raise
            emit(Noted(search_path_retry.needs_retry(backup), warning=True))
            databases.drop_database(session, temporary)
    raise Bug("a restore without an attempt")


@contextlib.contextmanager
def _temporary(session: Session, name: str) -> Iterator[str]:
    """The name of a database of our own; when the body fails it is dropped, if it is there."""
    temporary = unfinished_index.temporary_name(session, name)
    try:
        yield temporary
    except BaseException as error:
        databases.drop_database(session, temporary)
        raise _with_outcome(error, name) from error


def _sweep(session: Session, emit: Emit) -> None:
    dropped, others = unfinished_index.sweep_unfinished(session)
    if dropped:
        emit(Noted(f"dropped what a killed restore left: {', '.join(dropped)}", warning=True))
    if others:
        named = ", ".join(quote_name(name) for name in others)
        emit(Noted(f"a killed restore left {named}, which this role may not drop: DROP DATABASE, as its owner", True))


@contextlib.contextmanager
def maintenance_session(conninfo: str) -> Iterator[Session]:
    """A session from which a database can be made; where the configured one is gone, one to `postgres`.

    Raises RightMissing where its role may not make one.
    """
    opened = contextlib.ExitStack()
    with opened:
        try:
            session = opened.enter_context(connect(conninfo, application="rowkeep restore"))
        except Unreachable as error:
            if error.code is not ErrorCode.DATABASE_NOT_FOUND:
                raise
            session = opened.enter_context(connect(conninfo, application="rowkeep restore", dbname="postgres"))
        databases.allow_writes(session)
        databases.require_createdb(session)
        yield session


def _roles(backup: Backup, session: Session, create: bool, emit: Emit) -> None:
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
    refused = database_properties.create_roles(session, backup.roles, whole=False)
    emit(Noted(f"created without login and rights: {named}", warning=True))
    for words in refused:
        emit(Noted(words, warning=True))


def _with_outcome(error: BaseException, name: str) -> BaseException:
    """The error, with what became of the new database in it."""
    if isinstance(error, KeyboardInterrupt):
        number = int(getattr(error, "signal", signal.SIGINT))
        error = Interrupted(f"interrupted ({signal.Signals(number).name})", code=ErrorCode.INTERRUPTED, signal=number)
    if isinstance(error, RowkeepError):
        detail = f"the half-restored database {name} was dropped again; no other was touched"
        return error.replace(remains=Remains.UNCHANGED, remains_detail=detail)
    return error
