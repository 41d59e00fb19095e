"""Loads a structure file into an empty database of a scratch server. Never for a server that is needed."""

from __future__ import annotations

from collections.abc import Iterable

import psycopg

from rowkeep.database.catalog import databases
from rowkeep.database.catalog.table_contents import without_event_triggers
from rowkeep.database.connection.round_trip import send_together
from rowkeep.database.connection.session import Session, connect, run_queries
from rowkeep.database.queries import load_query
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import ProgramMissing, Unparsable
from rowkeep.parse.structure_script import ScriptPart, ScriptStatement, StructureScript

ROLE = "rowkeep_structure"
"""The role that runs the statements that can run code of the file."""


def prepare_roles(session: Session, database: str, roles: Iterable[str]) -> None:
    """Create the role that fills `database`, and the roles that the file names. session: a superuser's."""
    with run_queries("the roles of the structure file cannot be created"):
        existing = {name for (name,) in session.ask("load_structure.roles")}
        if ROLE not in existing:
            session.do("load_structure.create_role")
        for role in roles:
            if role not in existing:
                session.do("load_structure.create_named_role", role=(role,))
        session.do("load_structure.own_database", database=(database,), role=(ROLE,))


def load_structure(conninfo: str, major: int, script: StructureScript, public_owner: str | None) -> None:
    """Load the file into the empty database of `conninfo`, which is a superuser's.

    public_owner: of the schema `public` before 15, where no dump contains it. Raises Unparsable, with the place in the
    file, where the server refuses a statement; ProgramMissing for an extension that the server does not have.
    """
    quiet = without_event_triggers(major)
    early = {extension.schema for extension in script.extensions if extension.schema}
    with connect(conninfo, application="rowkeep verify", **quiet) as session:
        # Before any other object exists that a script of an extension could call.
        create_extensions(session, [(extension.name, extension.schema) for extension in script.extensions], script)
        if major < 15:
            databases.set_public_schema_owner(session, ROLE)
    objects = [
        statement
        for statement in script.statements
        if statement.part is ScriptPart.OBJECTS and not (statement.schema and statement.schema in early)
    ]
    with connect(conninfo, application="rowkeep verify", user=ROLE) as session:
        _run(session, script, objects)
    with connect(conninfo, application="rowkeep verify", **quiet) as session:
        if major < 15 and session.ask("databases.public_owner"):
            databases.set_public_schema_owner(session, public_owner or "postgres")
        for part in (ScriptPart.RIGHTS, ScriptPart.EVENT_TRIGGERS):
            _run(session, script, [statement for statement in script.statements if statement.part is part])


def create_extensions(
    session: Session,
    extensions: Iterable[tuple[str, str | None]],
    script: StructureScript | None = None,
    role: str = ROLE,
) -> None:
    """Create extensions, (name, schema), as a superuser. Raises ProgramMissing for one that the server lacks.

    role: owns the schemas that are created for them, and may use their foreign-data wrappers.
    """
    for name, schema in extensions:
        try:
            if schema:
                if not schema.startswith("pg_"):
                    session.do("load_structure.create_schema", schema=(schema,), role=(role,))
                session.do("load_structure.create_extension_in", extension=(name,), schema=(schema,))
            else:
                session.connection.execute(load_query("load_structure.set_path"))
                session.do("load_structure.create_extension", extension=(name,))
        except psycopg.Error as error:
            place = next((item.span for item in script.extensions if item.name == name), None) if script else None
            raise ProgramMissing(
                f"the throw-away server cannot create the extension {name}",
                code=ErrorCode.EXTENSION_NOT_AVAILABLE,
                where=script.source.place(place.start) if script and place else None,
                why=str(error).strip(),
                sqlstate=error.sqlstate,
                instead=(f"install {name} for PostgreSQL {session.major} on this machine, and set pg-bin to it",),
            ) from None
    for (wrapper,) in session.ask("load_structure.wrappers"):
        session.do("load_structure.grant_wrapper", wrapper=(wrapper,), role=(role,))


def _run(session: Session, script: StructureScript, statements: Iterable[ScriptStatement]) -> None:
    """Run statements of the file one by one, each with a limit of time that the one before cannot lift."""
    connection = session.connection
    connection.execute(load_query("load_structure.set_path"))
    for statement in statements:
        try:
            connection.execute(load_query("load_structure.set_limit"))
            # Not by execute(): that would run several statements where the server reads them so.
            send_together(connection, [statement.text.encode()])
        except psycopg.Error as error:
            span = statement.span
            raise Unparsable(
                "PostgreSQL refuses a statement of the structure file",
                code=ErrorCode.SCHEMA_FILE_INVALID,
                where=script.source.place(span.start),
                why=str(error).strip() or "the connection was lost",
                sqlstate=error.sqlstate,
                excerpt=script.source.excerpt(span),
                instead=("rowkeep schema dump", "pg_dump --schema-only"),
            ) from None
