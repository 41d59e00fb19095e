"""Isolates a restored copy from everything outside by changing its catalog.

Only for servers of our own, as their superuser, in a session of our own. It writes to the catalog directly, because
DDL would fire the copy's event triggers, and DROP would drop foreign tables, too.
"""

from __future__ import annotations

from rowkeep.database.connection.session import Session, connect, run_queries
from rowkeep.domain.deploy.backup import Extension
from rowkeep.domain.deploy.containment import Containment
from rowkeep.errors import Unreachable

LOGIN_TRIGGERS = 17
"""The first major that has event triggers at login."""

NOT_IN_STRUCTURE = ("isolate.disable_wrappers", "isolate.clear_user_mappings", "isolate.disable_libraries")
"""Queries that change nothing of the structure: objects of extensions, and the options of user mappings."""


def disable_outside_access(session: Session, containment: Containment) -> None:
    """Disable everything in the copy that could connect: foreign tables, dblink, user mappings.

    containment: if the server can run programs or read files, untrusted languages are disabled, too.
    """
    with run_queries("the copy could not be cut off"), session.connection.transaction():
        session.do("isolate.allow_catalog_writes")
        for name in NOT_IN_STRUCTURE:
            session.do(name)
        if not containment.whole:
            session.do("isolate.disable_languages")


def redirect_foreign_servers(session: Session) -> None:
    """Make foreign servers lead nowhere. Only after the copy was compared with its original: this changes options."""
    with run_queries("the copy could not be cut off"), session.connection.transaction():
        session.do("isolate.allow_catalog_writes")
        session.do("isolate.redirect_servers")


def ensure_login_works(session: Session, conninfo: str) -> tuple[str, ...]:
    """Disable triggers at login if they fail. Returns remarks about it.

    session: one without event triggers.
    """
    if session.major < LOGIN_TRIGGERS:
        return ()
    try:
        with connect(conninfo, application="rowkeep restore"):
            return ()
    except Unreachable as error:
        with run_queries("the copy could not be logged in to"), session.connection.transaction():
            session.do("isolate.allow_catalog_writes")
            session.do("isolate.disable_login_triggers")
        return (f"event triggers at login are off in the copy, which could not be logged in to: {error.why}",)


def set_extension_owners(session: Session, extensions: tuple[Extension, ...]) -> None:
    """Give extensions their owners, so that the same roles as in production may run ALTER EXTENSION."""
    with run_queries("the owners of extensions could not be restored"), session.connection.transaction():
        session.do("isolate.allow_catalog_writes")
        for extension in extensions:
            if extension.owner is None:
                continue
            names = {"owner": extension.owner, "extension": extension.name}
            for (oid,) in session.ask("isolate.set_extension_owner", names):
                session.do("isolate.record_extension_owner", {"extension": oid})
