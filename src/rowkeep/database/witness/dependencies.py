"""Which object of a database needs which, by the names of the fingerprint."""

from __future__ import annotations

from rowkeep.database.catalog import fingerprint
from rowkeep.database.connection.session import Session, run_queries

DependencyPair = tuple[tuple[str, str], tuple[str, str]]
"""An object, and one that must be there before it; each by kind and identity."""


def read_dependencies(session: Session) -> tuple[DependencyPair, ...]:
    """The dependencies that the server has recorded. Raises Failed."""
    with run_queries("the dependencies of the objects cannot be read"), session.connection.transaction():
        session.connection.execute("SET LOCAL search_path = ''")
        session.ask("fingerprint.settings", {"lock_timeout": fingerprint.LOCK_TIMEOUT})
        return tuple(((a, b), (c, d)) for a, b, c, d in session.ask("dependencies.pairs"))
