"""Compares the values of the tables that a rehearsal changed with those of a clone from before."""

from __future__ import annotations

import shutil

from rowkeep import backup as backups
from rowkeep import scratch
from rowkeep.database.catalog.compare_values import compare_values
from rowkeep.database.catalog.table_contents import without_event_triggers
from rowkeep.database.connection.session import connect
from rowkeep.domain.deploy.backup import RestoredBackup
from rowkeep.domain.deploy.loss import Overwritten
from rowkeep.domain.plan import Plan
from rowkeep.domain.schema.table_contents import DatabaseContents
from rowkeep.plan.changed_tables import find_changed_tables
from rowkeep.plan.guard.additive import adds_only


def clone_for_comparison(restored: RestoredBackup, server: scratch.Server, plan: Plan) -> str | None:
    """Clone the restored database, as it is before `plan`. None where the plan only adds, or the disk is too full:
    the migrations on the copy need room, too."""
    if adds_only(plan.steps):
        return None
    with connect(server.conninfo(restored.database), application="rowkeep rehearse") as session:
        size = session.ask("contents.database_size")[0][0]
    if shutil.disk_usage(server.directory).free < 3 * size:
        return None
    return backups.clone(restored, server)


def compare_with_clone(
    clone: str, copy: str, before: DatabaseContents, after: DatabaseContents, major: int
) -> tuple[Overwritten, ...]:
    """The compared columns of what changed. clone, copy: how to connect to the two databases."""
    tables = find_changed_tables(before, after)
    if not tables:
        return ()
    options = without_event_triggers(major)
    with (
        connect(clone, application="rowkeep rehearse", **options) as old,
        connect(copy, application="rowkeep rehearse", **options) as new,
    ):
        return compare_values(old, new, tables)
