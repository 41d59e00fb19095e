"""Restore a backup into a new database, and compare what came back with its manifest."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from rowkeep.backup import search_path_retry, storage, verify_copy
from rowkeep.backup.archive import ArchiveEntry, list_entries
from rowkeep.backup.pg_restore import PgRestore
from rowkeep.database.catalog import databases, dump_snapshot, fingerprint
from rowkeep.database.connection.session import Session, connect
from rowkeep.database.executor import function_search_path
from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.backup import Backup, RestoredBackup
from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Noted, StageProgress
from rowkeep.domain.schema.structure import Structure
from rowkeep.errors import BackupFailed, ProgramMissing, Refused
from rowkeep.report.events import format_bytes


def check_restorable(
    backup: Backup, programs: Programs, conninfo: str, *, emit: Emit, stage: str = "restore", dbname: str | None = None
) -> None:
    """Everything that can be known before a single row is restored: raise what would fail later.

    Every file is still the one that was written (SHA-256), pg_restore can read the dump, the server can create its
    extensions. conninfo: any database of the server (dbname: instead of the one it names). Raises BackupFailed or
    ProgramMissing.
    """
    emit(StageProgress(stage, 0, None, f"checking {format_bytes(backup.bytes)}"))
    _check_beside(backup, emit)
    try:
        found = storage.file_sha256(Path(backup.path))
    except OSError as error:
        raise BackupFailed(
            "the backup cannot be read",
            code=ErrorCode.BACKUP_UNUSABLE,
            where=backup.path,
            why=error.strerror,
            instead=("rowkeep backup list",),
        ) from None
    if found != backup.sha256:
        raise BackupFailed(
            "the backup is damaged: its SHA-256 does not match the manifest",
            code=ErrorCode.BACKUP_DAMAGED,
            where=backup.path,
            why=(f"expected {backup.sha256}", f"found    {found}"),
            instead=("rowkeep backup list", "restore another backup"),
        )
    if programs.version.major < int(backup.client_version.split(".")[0]):
        raise ProgramMissing(
            f"pg_restore {programs.version} cannot read a backup made by pg_dump {backup.client_version}",
            code=ErrorCode.PROGRAM_TOO_OLD,
            where=programs.path("pg_restore"),
            instead=(f"rowkeep tools install {backup.client_version.split('.')[0]}",),
        )
    with connect(conninfo, application="rowkeep restore", **_find_roles(dbname)) as session:
        able = dump_snapshot.read_available_extensions(session)
    lacking = [extension for extension in backup.extensions if extension.name not in able]
    if lacking:
        named = ", ".join(f"{extension.name} {extension.version}" for extension in lacking)
        raise BackupFailed(
            f"this server cannot create {count_text(len(lacking), 'extension')} that the backup needs: {named}",
            code=ErrorCode.EXTENSION_NOT_AVAILABLE,
            where=backup.path,
            why="not in pg_available_extensions; without it tables would be lost",
            instead=(f"install {lacking[0].name} for PostgreSQL {programs.version.major} on the server",),
        )


def _check_beside(backup: Backup, emit: Emit) -> None:
    """The files beside the dump are those that were written. Raises BackupFailed."""
    if not backup.files:
        emit(Noted("made by an older Rowkeep: whether its manifest, structure and roles were changed is not known"))
    for ending, digest in backup.files:
        path = Path(f"{backup.path}{ending}")
        try:
            found = storage.file_sha256(path)
        except OSError as error:
            wrong = "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
        else:
            if found == digest:
                continue
            wrong = "is not the one that was written"
        raise BackupFailed(
            f"the backup is incomplete: a file beside the dump {wrong}",
            code=ErrorCode.BACKUP_DAMAGED,
            where=str(path),
            instead=(
                "bring the file back, or restore another backup: rowkeep backup list",
                f"without any comparison: createdb NEWDB && pg_restore --dbname=NEWDB {backup.path}",
            ),
        )


def restore(
    backup: Backup,
    programs: Programs,
    conninfo: str,
    *,
    emit: Emit,
    jobs: int | None = None,
    stage: str = "restore",
    hashes: bool | None = None,
    checked: bool = False,
    dbname: str | None = None,
    before_rows: Callable[[Session], None] | None = None,
    cut_off: bool = False,
    search_path: tuple[str, ...] | None = None,
    analyze: bool = False,
    keep_differing: bool = False,
) -> RestoredBackup:
    """Restore into the existing, empty database of `conninfo`, then compare every count with the manifest.

    dbname: that database, where it is not the one of `conninfo`.

    jobs: parallel workers of pg_restore (default: the processors, at most four). hashes: compare every value too
    (default: when the manifest has hashes). checked: `check` was called before. search_path: what functions without
    one of their own find while rows and indexes are restored, and no longer afterwards. analyze: collect statistics.
    keep_differing: return a copy with other numbers all the same; they stand in `differing`.

    before_rows: called when tables and functions are there, before a row is; nothing that belongs to the restored
    objects runs earlier. cut_off: the database has no way to other servers, so a materialized view that reads one
    stays empty, which is a remark and no failure.

    The structure is compared as well where the majors are the same. Event triggers come last, after rows were
    compared: they would fire for what a restore does, and for its logins.

    Raises Refused when the database is not empty, BareName when a function found no name that it looked for,
    BackupFailed when pg_restore fails otherwise or something did not come back. The half-restored database is left to
    the caller, who made it.
    """
    if not checked:
        check_restorable(backup, programs, conninfo, emit=emit, stage=stage, dbname=dbname)
    began = time.perf_counter()
    with connect(conninfo, application="rowkeep restore", **_find_roles(dbname)) as session:
        read_only = databases.allow_writes(session)
        database = session.connection.info.dbname
        if databases.is_database_used(session):
            raise Refused(
                f"the database {database} is not empty",
                code=ErrorCode.DATABASE_NOT_EMPTY,
                why="a restore over existing rows would duplicate some and leave others damaged",
                instead=("restore into a new database: rowkeep restore BACKUP --into NEWDB",),
            )
        original = verify_copy.read_recorded_structure(backup)
        if original is not None:
            _fit_public_schema(session, original)
        listed = _read_list(backup, programs, emit)
        pg_restore = PgRestore(
            backup,
            programs,
            conninfo,
            session,
            len(listed),
            emit=emit,
            stage=stage,
            jobs=jobs,
            read_only=read_only,
            cut_off=cut_off,
        )
        last = tuple(entry for entry in listed if entry.of_event_trigger)
        first = tuple(entry for entry in listed if not entry.of_event_trigger) if last else None
        remarks = []
        if search_path is None and before_rows is None:
            pg_restore.run(entries=first)
        else:
            pg_restore.run(sections=("pre-data",), entries=first)
            if before_rows is not None:
                before_rows(session)
            if search_path is not None:
                given = function_search_path.set_function_path(session, search_path)
                remarks.append(search_path_retry.search_path_remark(search_path, given))
            pg_restore.run(sections=("data", "post-data"), entries=first)
        how = "hashes" if hashes is not False and any(count.hashes for count in backup.counts) else "counts"
        differing = verify_copy.compare_copy(backup, session, emit, stage, hashes=how == "hashes")
        if differing and not keep_differing:
            raise verify_copy.differs(backup, differing)
        databases.allow_writes(session)
        if analyze:
            emit(StageProgress(stage, 1, 1, "collecting statistics"))
            databases.analyze_database(session)
        # Only now: an index may call them whenever its table is read.
        if search_path is not None:
            function_search_path.reset_function_path(session, given)
        if last:
            # One connection: a second would be a login after the trigger is there.
            pg_restore.run(entries=last, once=True)
        found = fingerprint.read_structure(session)
    alike = original is not None and original.major == found.major
    if original is not None and alike:
        verify_copy.verify_structure(backup, original, found, unfilled=bool(pg_restore.unfilled))
    remarks = [*pg_restore.remarks, *remarks]
    seconds = time.perf_counter() - began
    return RestoredBackup(backup, database, seconds, how, found, alike, tuple(remarks), differing)


def _find_roles(dbname: str | None) -> dict[str, str]:
    return {} if dbname is None else {"dbname": dbname}


def _fit_public_schema(session: Session, original: Structure) -> None:
    """The schema `public` that every new database has, as the original has it: gone, or its owner's."""
    public = [item for item in original.items if (item.kind, item.identity) == ("schema", "public")]
    if not public:
        databases.drop_public_schema(session)
    elif original.major < 15:
        databases.give_public_schema(session, public[0].definition.removeprefix("owner "))


def _read_list(backup: Backup, programs: Programs, emit: Emit) -> tuple[ArchiveEntry, ...]:
    listed = list_entries(programs, backup.path)
    subscriptions = sum(1 for entry in listed if entry.kind == "SUBSCRIPTION")
    if subscriptions:
        emit(Noted(f"{count_text(subscriptions, 'subscription')} not restored: a copy must not replicate", True))
    return listed
