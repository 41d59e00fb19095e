"""Take, prove and restore backups: each with the PostgreSQL programs that fit, and as a stage with events."""

from __future__ import annotations

from rowkeep import backup as backups
from rowkeep import programs
from rowkeep.config import Settings
from rowkeep.database.connection.session import connect
from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.backup import Backup, RestoredBackup
from rowkeep.domain.event import Emit
from rowkeep.knowledge.program_locations import CLIENT, SERVER
from rowkeep.report.events import format_bytes
from rowkeep.workflows.stage import run_stage

LOCK_TIMEOUT_S = 10.0
"""How long a backup waits for a table that is locked against reading."""


def take_backup(
    settings: Settings,
    conninfo: str,
    emit: Emit,
    *,
    hashes: bool = False,
    prove: bool = False,
    lock_timeout_s: float = LOCK_TIMEOUT_S,
    commit: str | None = None,
) -> Backup:
    """Take a backup into `settings.backups_dir`.

    hashes: read and hash every value, too. prove: then restore it into a throw-away server and compare. commit: the
    git commit to record. Raises BackupFailed, ProgramMissing, Unreachable.
    """
    with connect(conninfo, application="rowkeep backup") as session:
        major, database = session.major, session.connection.info.dbname
    tools = programs.obtain_programs(
        major,
        (*CLIENT, *SERVER) if prove else CLIENT,
        pg_bin=settings.pg_bin,
        fetch=settings.fetch_programs,
        emit=emit,
    )
    with run_stage(emit, "backup", f"Backing up {database}") as note:
        backup = backups.take_backup(
            conninfo,
            tools,
            settings.backups_dir,
            emit=emit,
            hashes=hashes,
            lock_timeout=lock_timeout_s,
            commit=commit,
        )
        note.summary = f"{format_bytes(backup.bytes)}, {count_text(backup.rows, 'row')}"
    if prove:
        with run_stage(emit, "verify", f"Restoring {backup.id} into a throw-away server") as note:
            backup, restored = backups.prove_backup(backup, tools, emit=emit)
            note.summary = restored.proof
    return backup


def prove_backup(
    settings: Settings, name: str, emit: Emit, *, jobs: int | None = None
) -> tuple[Backup, RestoredBackup]:
    """Restore a backup into a throw-away server, and compare all counts. The backup then says that it is proven.

    name: an id, the beginning of one, a file, or `latest`. jobs: workers of pg_restore. Raises Misused, BackupFailed,
    ProgramMissing.
    """
    backup = backups.find_backup(backups.list_backups(settings.backups_dir), name)
    tools = programs.obtain_programs(
        backup.major, (*CLIENT, *SERVER), pg_bin=settings.pg_bin, fetch=settings.fetch_programs, emit=emit
    )
    with run_stage(emit, "verify", f"Restoring {backup.id} into a throw-away server") as note:
        proven, restored = backups.prove_backup(backup, tools, emit=emit, jobs=jobs)
        note.summary = restored.proof
    return proven, restored


def restore_backup(
    settings: Settings,
    conninfo: str,
    name: str,
    into: str,
    emit: Emit,
    *,
    jobs: int | None = None,
    create_roles: bool = False,
    keep_differing: bool = False,
) -> RestoredBackup:
    """Restore a backup into the new database `into` on the server of `conninfo`, and compare all counts.

    name: an id, the beginning of one, a file, or `latest`. jobs: workers of pg_restore. create_roles: create missing
    roles, without login and rights. keep_differing: keep a copy that differs from the backup, and raise all the same.
    Raises Misused (the database exists already), BackupFailed, ProgramMissing, RightMissing.
    """
    backup = backups.find_backup(backups.list_backups(settings.backups_dir), name)
    with backups.maintenance_session(conninfo) as session:
        # An older server's own pg_restore cannot read a newer one's archive.
        major = max(session.major, int(backup.client_version.split(".")[0]))
    tools = programs.obtain_programs(major, CLIENT, pg_bin=settings.pg_bin, fetch=settings.fetch_programs, emit=emit)
    with run_stage(emit, "restore", f"Restoring {backup.id} into {into}") as note:
        restored = backups.restore_into(
            backup,
            tools,
            conninfo,
            into,
            emit=emit,
            jobs=jobs,
            create_roles=create_roles,
            keep_differing=keep_differing,
        )
        if restored.differing:
            raise backups.kept_copy_error(restored)
        note.summary = restored.proof
    return restored
