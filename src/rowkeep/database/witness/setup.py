"""What a witness finds on its server: its role, the roles that migrations speak of, databases and schemas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rowkeep.database.connection.session import Session, connect, run_queries

ROLE = "rowkeep_witness"
"""Who runs the migrations: without a superuser's powers (record 0521)."""


def set_up_witness(conninfo: str, names: Iterable[tuple[str, tuple[str, ...]]], roles: Sequence[str]) -> None:
    """Make the witness's role, the roles that migrations speak of, and its databases (name, schemas), as superuser.

    Raises Failed or Unreachable.
    """
    with connect(conninfo, application="rowkeep witness") as session, run_queries("the witness could not be set up"):
        there = {name for (name,) in session.ask("witness_roles")}
        if ROLE not in there:
            session.do("witness_role")
        for role in roles:
            if role not in there:
                session.do("witness_named_role", role=(role,))
                session.do("witness_member", role=(role,))
        for name, schemas in names:
            own = name == session.connection.info.dbname
            session.do("witness_owner" if own else "witness_database", database=(name,))
            with session.another(dbname=name) as inside:
                _create_schemas(inside, schemas, roles)


def _create_schemas(inside: Session, schemas: Sequence[str], roles: Sequence[str]) -> None:
    """The schemas of the migrations, the witness's own, where every role that they name may own a table."""
    for schema in schemas:
        inside.do("witness_schema", schema=(schema,))
        inside.do("witness_schema_owner", schema=(schema,))
        for role in roles:
            inside.do("witness_rights", schema=(schema,), role=(role,))
