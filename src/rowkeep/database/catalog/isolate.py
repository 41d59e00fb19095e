"""Cut a restored copy off from everything outside, in its own catalog: whatever the operating system can do, too.

Only for servers of our own, as their superuser, in a session of our own: the catalog is written to directly, because
DDL would fire the copy's event triggers, and DROP would take foreign tables along.
"""

from __future__ import annotations

from rowkeep.database.connection.session import Session, connect, run_queries
from rowkeep.domain.deploy.backup import Extension
from rowkeep.domain.deploy.containment import Containment
from rowkeep.errors import Unreachable

LOGIN_TRIGGERS = 17
"""The first major that has event triggers at login."""

CUT = ("isolate.disable_wrappers", "isolate.clear_user_mappings", "isolate.disable_libraries")
"""What never shows in a structure: an extension's own objects, and the options of user mappings."""


def disable_outside_access(session: Session, containment: Containment) -> None:
    """Nothing that the copy holds can connect: foreign tables, dblink, user mappings.

    containment: where programs and files are open to the server, untrusted languages do not run either.
    """
    with run_queries("the copy could not be cut off"), session.connection.transaction():
        session.do("isolate.allow_catalog_writes")
        for name in CUT:
            session.do(name)
        if not containment.whole:
            session.do("isolate.disable_languages")


def point_nowhere(session: Session) -> None:
    """Foreign servers lead nowhere. After the copy was compared with its original, which says where they are."""
    with run_queries("the copy could not be cut off"), session.connection.transaction():
        session.do("isolate.allow_catalog_writes")
        session.do("isolate.redirect_servers")


def let_log_in(session: Session, conninfo: str) -> tuple[str, ...]:
    """Make sure that the copy can be logged in to: triggers at login are switched off if they fail, and that is told.

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


def own_extensions(session: Session, extensions: tuple[Extension, ...]) -> None:
    """Give extensions their owners, so that ALTER EXTENSION is the right of whom it is in production."""
    with run_queries("the owners of extensions could not be restored"), session.connection.transaction():
        session.do("isolate.allow_catalog_writes")
        for extension in extensions:
            if extension.owner is None:
                continue
            names = {"owner": extension.owner, "extension": extension.name}
            for (oid,) in session.ask("isolate.set_extension_owner", names):
                session.do("isolate.record_extension_owner", {"extension": oid})
