"""Restores a backup into a new database and compares the result with the manifest."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from rowkeep.backup import search_path_retry, storage, verify_copy
from rowkeep.backup.archive import ArchiveEntry, list_entries
from rowkeep.backup.pg_restore import PgRestore
from rowkeep.backup.row_sample import RowSample
from rowkeep.database.catalog import databases, dump_snapshot, fingerprint, function_search_path
from rowkeep.database.connection.session import Session, connect
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
    """Check before any row is restored what would fail later. Raises BackupFailed or ProgramMissing.

    Every file is unchanged (SHA-256), pg_restore can read the dump, and the server can create its extensions.
    conninfo: any database of the server (dbname: overrides its database).
    """
    emit(StageProgress(stage, 0, None, f"checking {format_bytes(backup.bytes)}"))
    _check_other_files(backup, emit)
    try:
        current = storage.file_sha256(Path(backup.path))
    except OSError as error:
        raise BackupFailed(
            "cannot read the backup",
            code=ErrorCode.BACKUP_UNUSABLE,
            where=backup.path,
            why=error.strerror,
            instead=("rowkeep backup list",),
        ) from None
    if current != backup.sha256:
        raise BackupFailed(
            "the backup is damaged: its SHA-256 does not match the manifest",
            code=ErrorCode.BACKUP_DAMAGED,
            where=backup.path,
            why=(f"expected {backup.sha256}", f"found    {current}"),
            instead=("rowkeep backup list", "restore another backup"),
        )
    if programs.version.major < int(backup.client_version.split(".")[0]):
        raise ProgramMissing(
            f"pg_restore {programs.version} cannot read a backup made by pg_dump {backup.client_version}",
            code=ErrorCode.PROGRAM_TOO_OLD,
            where=programs.path("pg_restore"),
            instead=(f"rowkeep tools install {backup.client_version.split('.')[0]}",),
        )
    with connect(conninfo, application="rowkeep restore", **_dbname_option(dbname)) as session:
        available = dump_snapshot.read_available_extensions(session)
    missing = [extension for extension in backup.extensions if extension.name not in available]
    if missing:
        named = ", ".join(f"{extension.name} {extension.version}" for extension in missing)
        raise BackupFailed(
            f"this server cannot create {count_text(len(missing), 'extension')} that the backup needs: {named}",
            code=ErrorCode.EXTENSION_NOT_AVAILABLE,
            where=backup.path,
            why="not in pg_available_extensions; without it, tables would be lost",
            instead=(f"install {missing[0].name} for PostgreSQL {programs.version.major} on the server",),
        )


def _check_other_files(backup: Backup, emit: Emit) -> None:
    """Raise BackupFailed if a file beside the dump is missing or was changed."""
    if not backup.files:
        emit(Noted("made by an older Rowkeep: cannot tell whether its manifest, structure and roles were changed"))
    for ending, digest in backup.files:
        path = Path(f"{backup.path}{ending}")
        try:
            current = storage.file_sha256(path)
        except OSError as error:
            wrong = "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
        else:
            if current == digest:
                continue
            wrong = "was changed"
        raise BackupFailed(
            f"the backup is damaged: a file beside the dump {wrong}",
            code=ErrorCode.BACKUP_DAMAGED,
            where=str(path),
            instead=(
                "recover the file, or restore another backup: rowkeep backup list",
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
    sample: RowSample | None = None,
    cut_off: bool = False,
    search_path: tuple[str, ...] | None = None,
    analyze: bool = False,
    keep_differing: bool = False,
) -> RestoredBackup:
    """Restore into the existing, empty database of `conninfo`, then compare every count with the manifest.

    dbname: overrides the database of `conninfo`.

    jobs: parallel workers of pg_restore (default: the processors, at most four). hashes: compare every value too
    (default: when the manifest has hashes). checked: `check_restorable` was already called. search_path: set for
    functions without one while rows and indexes are restored, and removed afterwards. analyze: collect statistics.
    keep_differing: return a copy even if its counts differ; they are in `differing`.

    before_rows: called after tables and functions are created and before any row; no restored code runs earlier.
    sample: the rows to load, if the dump has none; materialized views stay empty then.
    cut_off: the database cannot reach other servers, so a materialized view that reads one stays empty, which is a
    remark and not an error.

    Between equal majors the structure is compared, too. Event triggers are restored last, after the comparison:
    they would fire on the restore itself.

    Raises Refused if the database is not empty, BareName if a function needs a search_path, BackupFailed if
    pg_restore fails otherwise or something did not come back. The caller drops the half-restored database.
    """
    if not checked:
        check_restorable(backup, programs, conninfo, emit=emit, stage=stage, dbname=dbname)
    began = time.perf_counter()
    with connect(conninfo, application="rowkeep restore", **_dbname_option(dbname)) as session:
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
            _match_public_schema(session, original)
        entries = _read_list(backup, programs, emit)
        pg_restore = PgRestore(
            backup,
            programs,
            conninfo,
            session,
            len(entries),
            emit=emit,
            stage=stage,
            jobs=jobs,
            read_only=read_only,
            cut_off=cut_off,
        )
        last = tuple(entry for entry in entries if entry.of_event_trigger)
        first = tuple(entry for entry in entries if not entry.of_event_trigger) if last else None
        remarks = []
        if search_path is None and before_rows is None and sample is None:
            pg_restore.run(entries=first)
        else:
            pg_restore.run(sections=("pre-data",), entries=first)
            if before_rows is not None:
                before_rows(session)
            if search_path is not None:
                functions = function_search_path.set_function_path(session, search_path)
                remarks.append(search_path_retry.search_path_remark(search_path, functions))
            if sample is not None:
                sample.load(session)
            pg_restore.run(sections=("data", "post-data"), entries=first)
        how = "hashes" if hashes is not False and any(count.hashes for count in backup.counts) else "counts"
        differing = verify_copy.compare_copy(backup, session, emit, stage, hashes=how == "hashes")
        if differing and not keep_differing:
            raise verify_copy.difference_error(backup, differing)
        databases.allow_writes(session)
        if analyze:
            emit(StageProgress(stage, 1, 1, "collecting statistics"))
            databases.analyze_database(session)
        # Not earlier: an index may call these functions whenever its table is read.
        if search_path is not None:
            function_search_path.reset_function_path(session, functions)
        if last:
            # One connection only: a second login would fire a login trigger.
            pg_restore.run(entries=last, once=True)
        current = fingerprint.read_structure(session)
    compared = original is not None and original.major == current.major
    if original is not None and compared:
        verify_copy.verify_structure(
            backup, original, current, unfilled=bool(pg_restore.unfilled) or sample is not None
        )
    remarks = [*pg_restore.remarks, *remarks]
    seconds = time.perf_counter() - began
    return RestoredBackup(backup, database, seconds, how, current, compared, tuple(remarks), differing)


def _dbname_option(dbname: str | None) -> dict[str, str]:
    return {} if dbname is None else {"dbname": dbname}


def _match_public_schema(session: Session, original: Structure) -> None:
    """Make the schema `public` of the new database like the original: dropped, or with its owner."""
    public = [item for item in original.items if (item.kind, item.identity) == ("schema", "public")]
    if not public:
        databases.drop_public_schema(session)
    elif original.major < 15:
        databases.set_public_schema_owner(session, public[0].definition.removeprefix("owner "))


def _read_list(backup: Backup, programs: Programs, emit: Emit) -> tuple[ArchiveEntry, ...]:
    entries = list_entries(programs, backup.path)
    subscriptions = sum(1 for entry in entries if entry.kind == "SUBSCRIPTION")
    if subscriptions:
        emit(Noted(f"{count_text(subscriptions, 'subscription')} not restored: a copy must not replicate", True))
    return entries
