"""Reads the application's statements that production's server recorded in pg_stat_statements."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import psycopg

from rowkeep.database.connection.session import Session
from rowkeep.domain.deploy.application import STATISTICS, ApplicationStatement
from rowkeep.domain.frozen import dataclass

MOST = 5000
"""How many recorded statements are read: the most called ones."""

HIDDEN = "<insufficient privilege>"


@dataclass(frozen=True, slots=True)
class RecordedStatements:
    """What pg_stat_statements holds of this database. schema: of its view. hidden: statements of other roles, whose
    text this role may not read. why: why there is nothing to read; None where it was read."""

    statements: tuple[ApplicationStatement, ...] = ()
    schema: str | None = None
    hidden: int = 0
    left_out: int = 0
    why: str | None = None


def read_recorded_statements(session: Session) -> RecordedStatements:
    """The recorded statements, with the search_path of their roles. `why` says what cannot be read; nothing is raised.

    Only the view that belongs to the extension is read: anyone may create another one of that name.
    """
    try:
        views = session.ask("application.statistics_view")
        if not views:
            return RecordedStatements(why="pg_stat_statements is not installed in this database")
        schema = views[0][0]
        view = {"view": (schema, STATISTICS)}
        rows = session.ask("application.recorded_statements", {"limit": MOST + 1}, **view)
        reset = _read_reset(session, schema)
        paths = read_search_paths(session, {role for _, role, _ in rows})
    except psycopg.Error as error:
        if session.connection.closed:
            raise
        return RecordedStatements(why=f"pg_stat_statements cannot be read: {str(error).strip().splitlines()[0]}")
    read = [_statement(row, role, paths.get(role), now, reset) for row, role, now in rows[:MOST]]
    visible = tuple(statement for statement in read if statement is not None)
    return RecordedStatements(visible, schema, len(read) - len(visible), max(0, len(rows) - MOST))


def _read_reset(session: Session, schema: str) -> float | None:
    try:
        rows = session.ask("application.statistics_reset", view=(schema, f"{STATISTICS}_info"))
    except psycopg.Error:  # an older version of the extension has no such view
        if session.connection.closed:
            raise
        return None
    return rows[0][0] if rows else None


def _statement(
    row: dict[str, Any], role: str, search_path: str | None, now: float, reset: float | None
) -> ApplicationStatement | None:
    text = row.get("query")
    if not isinstance(text, str) or text == HIDDEN:
        return None
    hours = None if reset is None else (now - reset) / 3600
    return ApplicationStatement(text, role, search_path, int(row["calls"]), hours, int(row["queryid"]))


def read_calls(
    session: Session, schema: str, statements: Collection[ApplicationStatement]
) -> dict[tuple[int, str], int]:
    """How often each of these statements was called by now, by query id and role; {} where that cannot be read."""
    ids = sorted({statement.query_id for statement in statements if statement.query_id is not None})
    try:
        rows = session.ask("application.recorded_calls", {"ids": ids}, view=(schema, STATISTICS))
    except psycopg.Error:
        if session.connection.closed:
            raise
        return {}
    return {(query_id, role): calls for query_id, role, calls in rows}


def read_search_paths(session: Session, roles: Iterable[str]) -> dict[str, str | None]:
    """The search_path that is set for each role in this database, for the roles that exist. Raises psycopg.Error."""
    return dict(session.ask("application.search_paths", {"roles": sorted(roles)}))
