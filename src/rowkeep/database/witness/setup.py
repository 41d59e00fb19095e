"""Sets up the server of a witness: its role, the roles that migrations name, databases and schemas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rowkeep.database.connection.session import Session, connect, run_queries

ROLE = "rowkeep_witness"
"""The role that runs the migrations, without the powers of a superuser (decision 0521)."""


def set_up_witness(conninfo: str, names: Iterable[tuple[str, tuple[str, ...]]], roles: Sequence[str]) -> None:
    """Create the witness's role, the roles that migrations name, and its databases (name, schemas), as a superuser.

    Raises Failed or Unreachable.
    """
    with connect(conninfo, application="rowkeep witness") as session, run_queries("the witness could not be set up"):
        existing = {name for (name,) in session.ask("witness.roles")}
        if ROLE not in existing:
            session.do("witness.create_role")
        for role in roles:
            if role not in existing:
                session.do("witness.create_named_role", role=(role,))
                session.do("witness.grant_role", role=(role,))
        for name, schemas in names:
            is_current = name == session.connection.info.dbname
            session.do("witness.own_database" if is_current else "witness.create_database", database=(name,))
            with session.another(dbname=name) as inside:
                _create_schemas(inside, schemas, roles)


def _create_schemas(inside: Session, schemas: Sequence[str], roles: Sequence[str]) -> None:
    """Create the schemas of the migrations, in which every role that they name may own a table."""
    for schema in schemas:
        inside.do("witness.create_schema", schema=(schema,))
        inside.do("witness.own_schema", schema=(schema,))
        for role in roles:
            inside.do("witness.grant_create", schema=(schema,), role=(role,))
