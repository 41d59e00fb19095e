"""Give functions a search_path for a while: pg_restore empties its own, and some functions look names up by it."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from rowkeep.database.connection.session import Session

Function = tuple[str, str, str]
"""Schema, name and arguments."""


def set_function_path(session: Session, path: tuple[str, ...]) -> tuple[Function, ...]:
    """Set `path` for every function that has none of its own; those for which that was possible."""
    # The arguments of a function must come out with their schemas.
    session.connection.execute("SET search_path = ''")
    names = sql.SQL(", ").join(sql.Identifier(name) for name in path)
    given: list[Function] = []
    for schema, name, arguments in session.ask("dump_snapshot.unpinned_functions"):
        try:
            session.connection.execute(
                _alter((schema, name, arguments), sql.SQL("SET search_path TO {}").format(names))
            )
        except psycopg.Error:
            continue  # another role's function: it stays as it is, and the restore tells whether that harms
        given.append((schema, name, arguments))
    return tuple(given)


def reset_function_path(session: Session, given: tuple[Function, ...]) -> None:
    """Take away what `give` gave."""
    for function in given:
        session.connection.execute(_alter(function, sql.SQL("RESET search_path")))


def _alter(function: Function, change: sql.Composable) -> sql.Composed:
    schema, name, arguments = function
    # The server wrote the arguments, names of types quoted where they must be.
    written: Any = arguments
    return sql.SQL("ALTER ROUTINE {}({}) {}").format(sql.Identifier(schema, name), sql.SQL(written), change)
