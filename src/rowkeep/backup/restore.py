"""Restore a backup into a new database, and compare what came back with its manifest."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from rowkeep import programs as tools
from rowkeep.backup import complaints, place, returned
from rowkeep.backup.archive import entries
from rowkeep.backup.progress import RestoreProgress
from rowkeep.database import databases, fingerprint, snapshot
from rowkeep.database.handover import hand_over
from rowkeep.database.session import Session, connect
from rowkeep.domain.backup import Backup, Restored
from rowkeep.domain.event import Noted, StageAdvanced, Tell
from rowkeep.domain.program import Programs
from rowkeep.domain.structure import Structure
from rowkeep.errors import BackupFailed, ProgramMissing, Refused
from rowkeep.report.events import bytes_text, count_text

SHOWN = 5
EVERYTHING: tuple[str, ...] = ()
PRE_DATA = ("--section=pre-data",)
THE_REST = ("--section=data", "--section=post-data")


def check(
    backup: Backup, programs: Programs, conninfo: str, *, tell: Tell, stage: str = "restore", dbname: str | None = None
) -> None:
    """Everything that can be known before a single row is restored: raise what would fail later.

    The file is still the one that was written (SHA-256), pg_restore can read it, the server can create its
    extensions. conninfo: any database of the server (dbname: instead of the one it names). Raises BackupFailed or
    ProgramMissing.
    """
    tell(StageAdvanced(stage, 0, None, f"checking {bytes_text(backup.bytes)}"))
    try:
        found = place.sha256(Path(backup.path))
    except OSError as error:
        raise BackupFailed(
            "the backup cannot be read", where=backup.path, why=error.strerror, instead=("rowkeep backup list",)
        ) from None
    if found != backup.sha256:
        raise BackupFailed(
            "the backup is damaged: its SHA-256 is not the one that was written down",
            where=backup.path,
            why=f"expected {backup.sha256}\nfound    {found}",
            instead=("rowkeep backup list", "restore another backup"),
        )
    if programs.version.major < int(backup.client_version.split(".")[0]):
        raise ProgramMissing(
            f"pg_restore {programs.version} cannot read a backup made by pg_dump {backup.client_version}",
            where=programs.path("pg_restore"),
            instead=(f"rowkeep tools install {backup.client_version.split('.')[0]}",),
        )
    with connect(conninfo, application="rowkeep restore", **_named(dbname)) as session:
        able = snapshot.available_extensions(session)
    lacking = [extension for extension in backup.extensions if extension.name not in able]
    if lacking:
        named = ", ".join(f"{extension.name} {extension.version}" for extension in lacking)
        raise BackupFailed(
            f"this server cannot create {count_text(len(lacking), 'extension')} that the backup needs: {named}",
            where=backup.path,
            why="not in pg_available_extensions; without it tables would be lost",
            instead=(f"install {lacking[0].name} for PostgreSQL {programs.version.major} on the server",),
        )


def restore(
    backup: Backup,
    programs: Programs,
    conninfo: str,
    *,
    tell: Tell,
    jobs: int | None = None,
    stage: str = "restore",
    hashes: bool | None = None,
    checked: bool = False,
    dbname: str | None = None,
    before_rows: Callable[[Session], None] | None = None,
    cut_off: bool = False,
) -> Restored:
    """Restore into the existing, empty database of `conninfo`, then compare every count with the manifest.

    dbname: that database, where it is not the one of `conninfo`.

    jobs: parallel workers of pg_restore (default: the processors, at most four). hashes: compare every value too
    (default: when the manifest has hashes). checked: `check` was called before. The structure is compared as well
    where the majors are the same.

    before_rows: called when tables and functions are there, before a row is; nothing that belongs to the restored
    objects runs earlier. cut_off: the database has no way to other servers, so a materialized view that reads one
    stays empty, which is a remark and no failure.

    Raises Refused when the database is not empty, BackupFailed when pg_restore fails or something did not come back.
    The half-restored database is left to the caller, who made it.
    """
    if not checked:
        check(backup, programs, conninfo, tell=tell, stage=stage, dbname=dbname)
    began = time.perf_counter()
    with connect(conninfo, application="rowkeep restore", **_named(dbname)) as session:
        database = session.connection.info.dbname
        if databases.used(session):
            raise Refused(
                f"the database {database} is not empty",
                why="restoring over existing rows would double some and keep the damage in others",
                instead=("restore into a new database: rowkeep restore BACKUP --into NEWDB",),
            )
        original = returned.recorded(backup)
        if original is not None:
            _public(session, original)
        remarks: list[str] = []
        unfilled: list[str] = []
        for section in (PRE_DATA, THE_REST) if before_rows is not None else (EVERYTHING,):
            said, empty = _run(backup, programs, conninfo, session, tell, jobs, stage, section, cut_off=cut_off)
            remarks += said
            unfilled += empty
            if section is PRE_DATA and before_rows is not None:
                before_rows(session)
        how = "hashes" if hashes is not False and any(count.hashes for count in backup.counts) else "counts"
        returned.require_rows(backup, session, tell, stage, hashes=how == "hashes")
        found = fingerprint.read(session)
    alike = original is not None and original.major == found.major
    if original is not None and alike:
        returned.require_structure(backup, original, found, unfilled=bool(unfilled))
    return Restored(backup, database, time.perf_counter() - began, how, found, alike, tuple(remarks))


def _named(dbname: str | None) -> dict[str, str]:
    return {} if dbname is None else {"dbname": dbname}


def _public(session: Session, original: Structure) -> None:
    """The schema `public` that every new database has, as the original has it: gone, or its owner's."""
    public = [item for item in original.items if (item.kind, item.identity) == ("schema", "public")]
    if not public:
        databases.drop_public(session)
    elif original.major < 15:
        databases.give_public(session, public[0].definition.removeprefix("owner "))


def _run(
    backup: Backup,
    programs: Programs,
    conninfo: str,
    session: Session,
    tell: Tell,
    jobs: int | None,
    stage: str,
    section: tuple[str, ...],
    *,
    cut_off: bool,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What of pg_restore's complaints is harmless, and the materialized views that it could not fill, cut off."""
    listed = entries(programs, backup.path)
    subscriptions = sum(1 for entry in listed if entry.kind == "SUBSCRIPTION")
    if subscriptions and section is not THE_REST:
        tell(Noted(f"{count_text(subscriptions, 'subscription')} not restored: a copy must not replicate", True))
    progress = RestoreProgress(tell, stage, len(listed))
    workers = jobs or max(2, min(4, os.cpu_count() or 2))
    handover = hand_over(conninfo, session, application="rowkeep restore")
    finished = tools.run(
        programs,
        "pg_restore",
        (
            f"--jobs={workers}",
            "--no-tablespaces",
            "--no-subscriptions",
            "--no-password",
            "--verbose",
            *section,
            f"--dbname={handover.conninfo}",
            backup.path,
        ),
        environment=handover.environment,
        hear=progress.line,
        beat=progress.beat,
    )
    finished = complaints.alone(finished, "pg_restore")
    harmless, fatal = complaints.split(finished.complaint.split("\n"))
    unfilled: tuple[str, ...] = ()
    if cut_off:
        unfilled, fatal = complaints.unfilled(fatal)
    if fatal or (finished.code != 0 and not harmless and not unfilled):
        raise _failed(backup, programs, fatal or (finished.why,))
    remarks = [f"harmless: {complaint.splitlines()[-1]}" for complaint in harmless]
    remarks += [f"{view} is empty in the copy: it reads another server, which a copy must not" for view in unfilled]
    return tuple(remarks), unfilled


def _failed(backup: Backup, programs: Programs, fatal: tuple[str, ...]) -> BackupFailed:
    shown = complaints.shown(fatal, SHOWN)
    lacking = complaints.lacking(fatal)
    if lacking is not None:
        return BackupFailed(
            f"not proven: the server for it lacks something that the database needs: {lacking}",
            where=backup.path,
            why=f"PostgreSQL {programs.version} from {programs.origin} ({programs.directory})\n{shown}",
            instead=(f"install PostgreSQL {programs.version.major} of your system with what the message names",),
        )
    return BackupFailed(
        f"pg_restore failed with {count_text(len(fatal), 'error')}",
        where=backup.path,
        why=shown,
        instead=("rowkeep backup verify", "rowkeep backup list"),
    )
