"""Reads what a scratch server must have in common with a database."""

from __future__ import annotations

from rowkeep.database.catalog import dump_snapshot
from rowkeep.database.connection.session import Session, run_queries
from rowkeep.domain.schema.server_model import ServerModel


def read_server_model(session: Session) -> ServerModel:
    """The model of the session's database. Its user is the session's. Raises Failed, Unreachable."""
    with run_queries("the roles and properties of the database cannot be read"):
        owners = session.ask("databases.public_owner")
        return ServerModel(
            session.major,
            session.connection.info.user,
            dump_snapshot.read_roles(session),
            dump_snapshot.read_properties(session),
            dump_snapshot.read_extensions(session),
            owners[0][0] if owners else None,
            tuple((name, schema) for name, schema in session.ask("databases.extension_schemas")),
        )
