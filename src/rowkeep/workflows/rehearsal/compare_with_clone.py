"""Compares the values of the tables that a rehearsal changed with those of a clone from before."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from rowkeep import backup as backups
from rowkeep import scratch
from rowkeep.database.catalog.compare_values import compare_values
from rowkeep.database.catalog.compare_views import (
    View,
    compare_views,
    find_relations_to_compare,
    find_views_to_compare,
    may_log_in,
)
from rowkeep.database.catalog.table_contents import without_event_triggers
from rowkeep.database.connection.session import Session, connect, run_queries
from rowkeep.domain.deploy.backup import RestoredBackup
from rowkeep.domain.deploy.loss import ComparedView, Overwritten
from rowkeep.domain.frozen import dataclass, replace
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
    examples: how many overwritten values of each column are read. application_role: '' if there is none."""

    clone: str
    copy: str
    major: int
    user: str | None
    isolated: bool
    search_path: tuple[str, ...]
    examples: int = 0
    application_role: str = ""


def compare_with_clone(
    copies: ComparedCopies, before: DatabaseContents, after: DatabaseContents
) -> tuple[tuple[Overwritten, ...], tuple[ComparedView, ...]]:
    """The compared columns of the tables that changed, and the views that show them or that were replaced.

    Also what the application's role sees, where its rights, the policies or the rows are others.
    """
    changed = find_changed_relations(before, after)
    with _connect(copies, **without_event_triggers(copies.major)) as (old, new):
        views, seen = [], []
        if copies.isolated:
            views = find_views_to_compare(old, new, changed)
            role = copies.application_role
            if role and role != copies.user and may_log_in(old, role) and may_log_in(new, role):
                seen = find_relations_to_compare(old, new, role, changed)
        compared = compare_values(old, new, find_changed_tables(before, after), examples=copies.examples)
    path = ", ".join(quote_name(schema) for schema in copies.search_path)
    results = _read_pairs(copies, copies.user, views, path)
    by_role = _read_pairs(copies, copies.application_role, seen, path)
    return compared, (*results, *(replace(view, role=copies.application_role) for view in by_role))


def _read_pairs(
    copies: ComparedCopies, user: str | None, pairs: list[tuple[View, View]], path: str
) -> tuple[ComparedView, ...]:
    """What both databases show to `user`."""
    if not pairs:
        return ()
    with (
        _connect(copies, **({"user": user} if user else {})) as (old, new),
        run_queries("the views of the copy cannot be read"),
    ):
        return compare_views(old, new, pairs, path)


@contextmanager
def _connect(copies: ComparedCopies, **options: str) -> Iterator[tuple[Session, Session]]:
    with (
        connect(copies.clone, application="rowkeep rehearse", **options) as old,
        connect(copies.copy, application="rowkeep rehearse", **options) as new,
    ):
        yield old, new
