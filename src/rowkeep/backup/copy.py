"""A whole copy on a throw-away server: roles, database, rows and settings, as like the original as can be."""

from __future__ import annotations

from dataclasses import replace

from rowkeep.backup.restore import check, restore
from rowkeep.database import databases, likeness
from rowkeep.database.session import connect
from rowkeep.domain.backup import Backup, Restored
from rowkeep.domain.event import Tell
from rowkeep.scratch import Server

TAKEN = frozenset({"postgres", "template0", "template1"})


def restore_copy(
    backup: Backup,
    server: Server,
    *,
    tell: Tell,
    jobs: int | None = None,
    stage: str = "restore",
    hashes: bool | None = None,
) -> Restored:
    """Restore `backup` on the throw-away `server` and compare it; `server.conninfo(restored.database)` leads there.

    The database keeps its name (unless every cluster has one of it), and every role of the original is there with its
    attributes, memberships and settings, without a password: connect as production's user to see what it may do.
    Never for a server that somebody needs. Raises as `restore` does; remarks say where the copy is unlike.
    """
    check(backup, server.programs, server.conninfo(), tell=tell, stage=stage)
    name = f"{backup.database}_copy" if backup.database in TAKEN else backup.database
    with connect(server.conninfo(), application="rowkeep restore") as session:
        remarks = list(likeness.create_roles(session, backup.roles, whole=True))
        unlike = databases.create(session, name, backup.properties, exact=False)
        remarks += [unlike] if unlike else []
        restored = restore(
            backup,
            server.programs,
            server.conninfo(name),
            tell=tell,
            jobs=jobs,
            stage=stage,
            hashes=hashes,
            checked=True,
        )
        # Afterwards, for a setting may well forbid what a restore has to do.
        remarks += likeness.set_roles(session, backup.roles)
        if backup.properties is not None:
            remarks += likeness.apply_properties(session, name, backup.properties)
    return replace(restored, remarks=(*remarks, *restored.remarks))


def clone(restored: Restored, server: Server) -> str:
    """A second database on the throw-away `server`, like the one just restored, which nobody uses; its name."""
    name = f"{restored.database}_again"
    with connect(server.conninfo(), application="rowkeep restore") as session:
        databases.clone(session, restored.database, name)
        if restored.backup.properties is not None:
            likeness.apply_properties(session, name, restored.backup.properties)
    return name
