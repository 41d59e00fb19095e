"""Compares the values of the tables that a rehearsal changed with those of a clone from before."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from rowkeep import backup as backups
from rowkeep import scratch
from rowkeep.database.catalog.compare_values import compare_values
from rowkeep.database.catalog.compare_views import compare_views, find_views_to_compare
from rowkeep.database.catalog.table_contents import without_event_triggers
from rowkeep.database.connection.session import Session, connect, run_queries
from rowkeep.domain.deploy.backup import RestoredBackup
from rowkeep.domain.deploy.loss import ComparedView, Overwritten
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.plan import Plan
from rowkeep.domain.schema.table_contents import DatabaseContents
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.plan.changed_tables import find_changed_relations, find_changed_tables
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


@dataclass(frozen=True, slots=True)
class ComparedCopies:
    """A copy before and after the migrations. clone, copy: how to connect to it before and after; user: who migrates,
    and with whose rights views are read. isolated: whether what the functions of a view do stays on the server.
    examples: how many overwritten values of each column are read."""

    clone: str
    copy: str
    major: int
    user: str | None
    isolated: bool
    search_path: tuple[str, ...]
    examples: int = 0


def compare_with_clone(
    copies: ComparedCopies, before: DatabaseContents, after: DatabaseContents
) -> tuple[tuple[Overwritten, ...], tuple[ComparedView, ...]]:
    """The compared columns of the tables that changed, and the views that show them or that were replaced."""
    with _connect(copies, **without_event_triggers(copies.major)) as (old, new):
        views = []
        if copies.isolated:
            views = find_views_to_compare(old, new, find_changed_relations(before, after))
        compared = compare_values(old, new, find_changed_tables(before, after), examples=copies.examples)
    if not views:
        return compared, ()
    with _connect(copies, **({"user": copies.user} if copies.user else {})) as (old, new):
        path = ", ".join(quote_name(schema) for schema in copies.search_path)
        with run_queries("the views of the copy cannot be read"):
            return compared, compare_views(old, new, views, path)


@contextmanager
def _connect(copies: ComparedCopies, **options: str) -> Iterator[tuple[Session, Session]]:
    with (
        connect(copies.clone, application="rowkeep rehearse", **options) as old,
        connect(copies.copy, application="rowkeep rehearse", **options) as new,
    ):
        yield old, new
