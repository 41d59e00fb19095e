"""Writes the structure of the database into the schema file: byte for byte the same wherever it is the same."""

from __future__ import annotations

from rowkeep import programs
from rowkeep.backup.structure_dump import dump_structure
from rowkeep.config import Settings
from rowkeep.database.connection.session import Session, connect
from rowkeep.domain.event import Emit, Noted
from rowkeep.errors import RowkeepError
from rowkeep.files.project.schema_file import write_schema_file
from rowkeep.knowledge.program_locations import CLIENT
from rowkeep.structure.plain_dump import format_plain_dump


def dump_schema(settings: Settings, conninfo: str, emit: Emit, *, rights: bool | None = None) -> str:
    """The text of the schema file. rights: with owners and grants; None: as `schema_file_rights` says.

    Left out are our own schema and the table that records migrations. Raises Unreachable, Failed, ProgramMissing.
    """
    with connect(conninfo, application="rowkeep schema") as session:
        return _dump(session, settings, conninfo, emit, settings.schema_file_rights if rights is None else rights)


def update_schema_file(settings: Settings, conninfo: str, emit: Emit) -> None:
    """Write the configured schema file after a run. What fails is a warning: the run itself is done."""
    if not settings.schema_file:
        return
    try:
        if write_schema_file(settings.schema_file, dump_schema(settings, conninfo, emit)):
            emit(Noted(f"updated {settings.schema_file}"))
    except RowkeepError as error:
        emit(Noted(f"{settings.schema_file} is not up to date: {error}", warning=True))


def _dump(session: Session, settings: Settings, conninfo: str, emit: Emit, rights: bool) -> str:
    tools = programs.obtain_programs(
        session.major, CLIENT, pg_bin=settings.pg_bin, fetch=settings.fetch_programs, emit=emit
    )
    values = {"schema": settings.history_schema, "table": settings.history_table}
    own = [_pattern(schema, name) for schema, name in session.ask("databases.table_and_sequences", values)]
    arguments = ("--no-tablespaces", '--exclude-schema="rowkeep"', *(f"--exclude-table={name}" for name in own))
    if not rights:
        arguments = (*arguments, "--no-owner", "--no-privileges")
    public = bool(session.ask("databases.public_owner"))
    return format_plain_dump(dump_structure(session, conninfo, tools, arguments), public=public)


def _pattern(schema: str, name: str) -> str:
    """A pattern of pg_dump that matches this relation only. In quotes, no character has a meaning."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in (schema, name))
