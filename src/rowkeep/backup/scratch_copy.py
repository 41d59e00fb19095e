"""A whole copy on a throw-away server: as like the original as can be, and without any way to the outside."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from rowkeep.backup import search_path_retry
from rowkeep.backup.pg_restore import BareName
from rowkeep.backup.restore import check_restorable, restore
from rowkeep.database.catalog import database_properties, databases, isolate
from rowkeep.database.catalog.table_contents import without_event_triggers
from rowkeep.database.connection.session import Session, connect
from rowkeep.domain.deploy.backup import Backup, RestoredBackup
from rowkeep.domain.event import Emit, Noted
from rowkeep.errors import Bug
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
) -> RestoredBackup:
    """Restore `backup` on the throw-away `server` and compare it; `server.conninfo(restored.database)` leads there.

    The database keeps its name (unless every cluster has one of it), and every role of the original is there with its
    attributes, memberships and settings, without a password: connect as production's user to see what it may do.
    It reaches nothing outside: foreign tables, dblink and user mappings do not work in it, and there are no
    subscriptions. Where the operating system does not already keep the server from all that, they are cut off before
    the first row is restored, for a materialized view or an index may call them.

    Never for a server that somebody needs. Raises as `restore` does; remarks say where the copy is unlike.
    """
    check_restorable(backup, server.programs, server.conninfo(), emit=emit, stage=stage)
    name = f"{backup.database}_copy" if backup.database in TAKEN else backup.database
    with connect(server.conninfo(), application="rowkeep restore") as session:
        remarks = list(database_properties.create_roles(session, backup.roles, whole=True))
        restored = _create_and_restore(backup, server, session, name, emit, jobs=jobs, stage=stage, hashes=hashes)
        closed = server.containment
        with session.another(dbname=name, **without_event_triggers(server.major)) as inside:
            isolate.disable_outside_access(inside, closed)
            isolate.point_nowhere(inside)
            isolate.own_extensions(inside, backup.extensions)
            remarks += isolate.let_log_in(inside, server.conninfo(name))
        # Afterwards, for a setting may well forbid what a restore has to do.
        remarks += database_properties.set_roles(session, backup.roles)
        if backup.properties is not None:
            remarks += database_properties.apply_properties(session, name, backup.properties)
    return replace(restored, remarks=(*remarks, *restored.remarks))


LOCKS = 25_600
"""Locks that a throw-away server has room for in any case."""

LOCKS_PER_TABLE = 8
"""A table, its TOAST table with its index, and five indexes: what one transaction locks that drops or reads them."""

CONNECTIONS = 100
"""The default of max_connections: so many times max_locks_per_transaction is the room."""


def room(backup: Backup) -> Mapping[str, str]:
    """The settings of a throw-away server that holds `backup`: one transaction may lock everything in it."""
    locks = LOCKS + LOCKS_PER_TABLE * len(backup.counts) + len(backup.sequences)
    return {"max_locks_per_transaction": str(math.ceil(locks / CONNECTIONS))}


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
) -> RestoredBackup:
    """Make the database and restore into it; once more with a search_path where functions need one."""
    closed = server.containment
    *more, last = search_path_retry.restore_attempts(backup)
    for path in (*more, last):
        unlike = databases.create_database(session, name, backup.properties, exact=False)
        try:
            restored = restore(
                backup,
                server.programs,
                server.conninfo(name),
                emit=emit,
                jobs=jobs,
                stage=stage,
                hashes=hashes,
                checked=True,
                search_path=path,
                before_rows=None if closed.whole else lambda inside: isolate.disable_outside_access(inside, closed),
                cut_off=True,
            )
        except BareName:
            if path is last:
                raise
            emit(Noted(search_path_retry.needs_retry(backup), warning=True))
            databases.drop_database(session, name)
        else:
            return replace(restored, remarks=(unlike, *restored.remarks)) if unlike else restored
    raise Bug("a restore without an attempt")


def clone(restored: RestoredBackup, server: Server) -> str:
    """A second database on the throw-away `server`, like the one just restored, which nobody uses; its name."""
    name = f"{restored.database}_again"
    with connect(server.conninfo(), application="rowkeep restore") as session:
        databases.clone_database(session, restored.database, name)
        if restored.backup.properties is not None:
            database_properties.apply_properties(session, name, restored.backup.properties)
    return name
