"""Restores a complete copy on a throw-away server: like the original, but isolated from everything outside."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rowkeep.backup import search_path_retry
from rowkeep.backup.restore import check_restorable, restore
from rowkeep.backup.row_sample import RowSample
from rowkeep.database.catalog import database_properties, databases, dump_snapshot, isolate
from rowkeep.database.catalog.table_contents import without_event_triggers
from rowkeep.database.connection.session import Session, connect
from rowkeep.domain.deploy.backup import Backup, RestoredBackup
from rowkeep.domain.event import Emit
from rowkeep.domain.frozen import replace
from rowkeep.scratch import Server

TAKEN = frozenset({"postgres", "template0", "template1"})


def restore_copy(
    backup: Backup,
    server: Server,
    *,
    emit: Emit,
    jobs: int | None = None,
    stage: str = "restore",
    hashes: bool | None = None,
    sample: RowSample | None = None,
) -> RestoredBackup:
    """Restore `backup` on the throw-away `server` and compare it. Connect with `server.conninfo(restored.database)`.

    The database keeps its name (unless every cluster has a database of that name). Every role of the original exists
    with its attributes, memberships and settings, but without a password. The copy reaches nothing outside: foreign
    tables, dblink and user mappings do not work, and there are no subscriptions. If the operating system does not
    isolate the server, they are disabled before the first row is restored, because a materialized view or an index
    may use them. sample: the rows to load, if `backup` was taken with it.

    Never use this on a server that is needed. Raises the errors of `restore`; remarks list differences of the copy.
    """
    check_restorable(backup, server.programs, server.conninfo(), emit=emit, stage=stage)
    name = f"{backup.database}_copy" if backup.database in TAKEN else backup.database
    with connect(server.conninfo(), application="rowkeep restore") as session:
        remarks = list(database_properties.create_roles(session, backup.roles, whole=True))
        restored = _create_and_restore(
            backup, server, session, name, emit, jobs=jobs, stage=stage, hashes=hashes, sample=sample
        )
        containment = server.containment
        with session.another(dbname=name, **without_event_triggers(server.major)) as inside:
            isolate.disable_outside_access(inside, containment)
            isolate.redirect_foreign_servers(inside)
            isolate.set_extension_owners(inside, backup.extensions)
            remarks += isolate.ensure_login_works(inside, server.conninfo(name))
        # Last, because a setting may forbid what a restore has to do.
        remarks += database_properties.set_roles(session, backup.roles)
        if backup.properties is not None:
            remarks += database_properties.apply_properties(session, name, backup.properties)
    return replace(restored, remarks=(*remarks, *restored.remarks))


LOCKS = 25_600
"""Minimum number of locks of a throw-away server."""

LOCKS_PER_TABLE = 8
"""A table, its TOAST table with its index, and five indexes: what one transaction locks to drop or read a table."""

LOCK_SETTING = "max_locks_per_transaction"

CONNECTIONS = 100
"""The default of max_connections. The lock table has this many times max_locks_per_transaction."""


def lock_settings(backup: Backup) -> Mapping[str, str]:
    """The settings of a throw-away server for `backup`, so that one transaction can lock everything in it."""
    return _lock_settings(len(backup.counts), len(backup.sequences))


def estimate_lock_settings(session: Session) -> Mapping[str, str]:
    """The same for a backup of the session's database that is not taken yet."""
    tables, sequences = dump_snapshot.count_relations(session)
    return _lock_settings(tables, sequences)


def lock_settings_suffice(settings: Mapping[str, str], needed: Mapping[str, str]) -> bool:
    """Whether a server with `settings` can lock as much as one with those that are `needed`."""
    return int(settings.get(LOCK_SETTING, 0)) >= int(needed[LOCK_SETTING])


def _lock_settings(tables: int, sequences: int) -> Mapping[str, str]:
    locks = LOCKS + LOCKS_PER_TABLE * tables + sequences
    return {LOCK_SETTING: str(math.ceil(locks / CONNECTIONS))}


def _create_and_restore(
    backup: Backup,
    server: Server,
    session: Session,
    name: str,
    emit: Emit,
    *,
    jobs: int | None,
    stage: str,
    hashes: bool | None,
    sample: RowSample | None,
) -> RestoredBackup:
    """Create the database and restore into it."""
    containment = server.containment

    def attempt(search_path: tuple[str, ...] | None) -> RestoredBackup:
        difference = databases.create_database(session, name, backup.properties, exact=False)
        restored = restore(
            backup,
            server.programs,
            server.conninfo(name),
            emit=emit,
            jobs=jobs,
            stage=stage,
            hashes=hashes,
            checked=True,
            search_path=search_path,
            before_rows=None
            if containment.whole
            else lambda inside: isolate.disable_outside_access(inside, containment),
            sample=sample,
            cut_off=True,
        )
        return replace(restored, remarks=(difference, *restored.remarks)) if difference else restored

    return search_path_retry.restore_with_retry(backup, attempt, lambda: databases.drop_database(session, name), emit)


def clone(restored: RestoredBackup, server: Server) -> str:
    """Clone the restored database, which nobody must be using, on the throw-away `server`. Returns the name."""
    name = f"{restored.database}_again"
    with connect(server.conninfo(), application="rowkeep restore") as session:
        databases.clone_database(session, restored.database, name)
        if restored.backup.properties is not None:
            database_properties.apply_properties(session, name, restored.backup.properties)
    return name
