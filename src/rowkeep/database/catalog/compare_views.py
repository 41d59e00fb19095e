"""Reads the views of a clone and of a migrated copy: how many rows they show before and after, and other values.

Only for isolated copies: reading a view runs the functions that it calls.
"""

from __future__ import annotations

import time
from collections.abc import Collection

import psycopg
from psycopg import sql

from rowkeep.database.catalog.compare_values import HASH
from rowkeep.database.catalog.dump_snapshot import OUTPUT_SETTINGS
from rowkeep.database.connection.session import Session
from rowkeep.domain.deploy.loss import ComparedView
from rowkeep.domain.frozen import dataclass

TIMEOUT_S = 10
"""Of one view, in each database."""

DEADLINE_S = 60.0
"""Of all views together."""

SETTINGS = {
    **{name: value for name, value in OUTPUT_SETTINGS.items() if name != "row_security"},
    "statement_timeout": f"{TIMEOUT_S}s",
    "lock_timeout": "1s",
}
CONTENTS = sql.SQL("SELECT pg_catalog.count(*){} FROM {} AS rowkeep_row")
COLUMN = sql.SQL(", pg_catalog.sum(({})::pg_catalog.numeric)::pg_catalog.text")


@dataclass(frozen=True, slots=True)
class View:
    """A view or materialized view. definition: a hash; sources: the relations that it reads, by oid."""

    oid: int
    schema: str
    name: str
    definition: str
    sources: tuple[int, ...]
    columns: tuple[tuple[str, str], ...]


def find_views_to_compare(before: Session, after: Session, changed: Collection[int]) -> list[tuple[View, View]]:
    """The views of both databases that were replaced, or that read a `changed` table, also through other views."""
    old, new = (_read_views(session) for session in (before, after))
    names = {(view.schema, view.name): view for view in new.values()}
    pairs = []
    for view in old.values():
        now = new.get(view.oid) or names.get((view.schema, view.name))
        if now is not None and (
            view.definition != now.definition or _reads(view, old, changed) or _reads(now, new, changed)
        ):
            pairs.append((view, now))
    return pairs


def find_relations_to_compare(
    before: Session, after: Session, role: str, changed: Collection[int]
) -> list[tuple[View, View]]:
    """The relations of which `role` may see other rows than before, by rights, policies or its `changed` rows.

    Only those that it could read before, and that still have a column that it could read.
    """
    old, new = (_read_access(session, role) for session in (before, after))
    names = {(view.schema, view.name): oid for oid, (view, _) in new.items()}
    pairs = []
    for oid, (view, is_secured) in old.items():
        now, is_secured_now = new.get(oid) or new.get(names.get((view.schema, view.name), 0)) or (None, False)
        if now is None or not view.columns:
            continue
        has_changed = oid in changed and (is_secured or is_secured_now)
        if view.definition != now.definition or has_changed:
            pairs.append((view, now))
    return pairs


def may_log_in(session: Session, role: str) -> bool:
    """Whether a role exists and may log in to the database of the session."""
    rows = session.ask("contents.can_log_in", {"role": role})
    return bool(rows and rows[0][0])


def _read_access(session: Session, role: str) -> dict[int, tuple[View, bool]]:
    """By oid; with whether row security is on."""
    return {
        oid: (View(oid, schema, name, access, (), tuple((column[0], column[1]) for column in columns)), is_secured)
        for oid, schema, name, access, is_secured, columns in session.ask("contents.access", {"role": role})
    }


def _read_views(session: Session) -> dict[int, View]:
    return {
        oid: View(oid, schema, name, definition, tuple(sources), tuple((column[0], column[1]) for column in columns))
        for oid, schema, name, definition, sources, columns in session.ask("contents.views")
    }


def _reads(view: View, views: dict[int, View], changed: Collection[int]) -> bool:
    waiting, done = [view.oid], set()
    while waiting:
        oid = waiting.pop()
        if oid in changed:
            return True
        done.add(oid)
        if oid in views:
            waiting += [source for source in views[oid].sources if source not in done]
    return False


def compare_views(
    before: Session, after: Session, pairs: Collection[tuple[View, View]], search_path: str
) -> tuple[ComparedView, ...]:
    """Read each view in both databases, with the rights of the sessions' roles. Rows are returned, never values."""
    deadline = time.monotonic() + DEADLINE_S
    for session in (before, after):
        session.add_own_settings({**SETTINGS, "search_path": search_path})
    return tuple(_compare(before, after, old, new, deadline) for old, new in pairs)


def _compare(before: Session, after: Session, old: View, new: View, deadline: float) -> ComparedView:
    name = f"{old.schema}.{old.name}"
    replaced = old.definition != new.definition
    if time.monotonic() > deadline:
        return ComparedView(name, replaced, why=f"all views together took more than {DEADLINE_S:g} s")
    columns = [column for column, type_ in old.columns if (column, type_) in new.columns]
    try:
        then = _read(before, old, columns)
    except psycopg.Error as error:
        return ComparedView(name, replaced, why=_why(error))
    try:
        now = _read(after, new, columns)
        # A view may show other rows or values each time that it is read: `random()`.
        again = then if then == now else _read(before, old, columns)
    except psycopg.Error as error:
        return ComparedView(name, replaced, then[0], why=_why(error))
    if then[0] != again[0]:
        return ComparedView(name, replaced, then[0], now[0], why="it shows other rows each time that it is read")
    sums = zip(columns, then[1:], again[1:], now[1:], strict=True)
    other = tuple(column for column, first, second, after_ in sums if first == second != after_)
    return ComparedView(name, replaced, then[0], now[0], other)


def _why(error: psycopg.Error) -> str:
    """Not the server's message: it may quote values."""
    if isinstance(error, psycopg.errors.QueryCanceled):
        return f"it took more than {TIMEOUT_S} s"
    return f"the server answered {error.sqlstate or 'nothing'}"


def _read(session: Session, view: View, columns: Collection[str]) -> tuple[int, ...]:
    hashes = [HASH.format(value=sql.Identifier("rowkeep_row", column)) for column in columns]
    query = CONTENTS.format(
        sql.SQL("").join(COLUMN.format(hash_) for hash_ in hashes), sql.Identifier(view.schema, view.name)
    )
    session.connection.execute("BEGIN READ ONLY")
    try:
        row = session.connection.execute(query).fetchone()
    finally:
        if not session.connection.closed:
            session.connection.execute("ROLLBACK")
    assert row is not None  # an aggregate without GROUP BY returns one row
    return tuple(row)
