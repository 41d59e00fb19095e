"""Sets a search_path on functions during a restore: pg_restore empties its own, and some functions depend on it."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from rowkeep.database.connection.session import Session

Function = tuple[str, str, str]
"""Schema, name and arguments."""


def set_function_path(session: Session, path: tuple[str, ...]) -> tuple[Function, ...]:
    """Set `path` on every function that has no search_path. Returns the functions that were changed."""
    # The arguments of a function must come out with their schemas.
    session.connection.execute("SET search_path = ''")
    names = sql.SQL(", ").join(sql.Identifier(name) for name in path)
    changed: list[Function] = []
    for schema, name, arguments in session.ask("dump_snapshot.unpinned_functions"):
        try:
            session.connection.execute(
                _alter((schema, name, arguments), sql.SQL("SET search_path TO {}").format(names))
            )
        except psycopg.Error:
            continue  # another role's function: the restore reports if it fails
        changed.append((schema, name, arguments))
    return tuple(changed)


def reset_function_path(session: Session, changed: tuple[Function, ...]) -> None:
    """Undo `set_function_path`."""
    for function in changed:
        session.connection.execute(_alter(function, sql.SQL("RESET search_path")))


def _alter(function: Function, change: sql.Composable) -> sql.Composed:
    schema, name, arguments = function
    # The server printed the arguments, with names of types quoted where necessary.
    printed: Any = arguments
    return sql.SQL("ALTER ROUTINE {}({}) {}").format(sql.Identifier(schema, name), sql.SQL(printed), change)
