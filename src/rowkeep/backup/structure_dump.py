"""Dumps the structure of a database without its rows, and restores one, with pg_dump and pg_restore."""

from __future__ import annotations

from rowkeep import programs as tools
from rowkeep.backup import dump, program_messages
from rowkeep.database.catalog.table_contents import without_event_triggers
from rowkeep.database.connection.session import Session
from rowkeep.database.connection.subprocess_env import split_connection
from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Failed, Remains

SHOWN = 5
LOCK_TIMEOUT_MS = 10_000


def dump_structure(session: Session, conninfo: str, programs: Programs, arguments: tuple[str, ...]) -> str:
    """Run `pg_dump --schema-only` with `arguments`, and return what it wrote to its standard output.

    session: an open one to the database of `conninfo`. Raises Failed, ProgramMissing.
    """
    if programs.version.major < session.major:
        version = session.connection.info.parameter_status("server_version") or ""
        raise dump.too_old_error(programs, version, session.major)
    connection = split_connection(conninfo, session, application="rowkeep schema")
    statistics = ("--no-statistics",) if programs.version.major >= 18 else ()
    finished = tools.run_program(
        programs,
        "pg_dump",
        (
            *("--schema-only", "--no-password", "--encoding=UTF8", "--no-subscriptions"),
            *statistics,
            f"--lock-wait-timeout={LOCK_TIMEOUT_MS}ms",
            *arguments,
            f"--dbname={connection.conninfo}",
        ),
        environment=connection.environment,
    )
    if not finished.ok:
        raise Failed(
            "the structure cannot be dumped",
            code=ErrorCode.DATABASE_READ_FAILED,
            why=program_messages.format_messages(finished.why.splitlines(), SHOWN),
            instead=("rowkeep doctor",),
            remains=Remains.UNCHANGED,
        )
    return finished.output


def restore_structure(archive: str, session: Session, conninfo: str, programs: Programs, where: str) -> None:
    """Restore the structure in `archive` into the empty database of `session`, a superuser's on a scratch server.

    where: what the archive is, for messages. Raises Failed.
    """
    options = " ".join(without_event_triggers(session.major).values())
    connection = split_connection(conninfo, session, application="rowkeep verify", options=options)
    finished = tools.run_program(
        programs,
        "pg_restore",
        (
            *("--schema-only", "--no-tablespaces", "--no-subscriptions", "--no-password"),
            f"--dbname={connection.conninfo}",
            archive,
        ),
        environment=connection.environment,
    )
    _, fatal = program_messages.split_messages(finished.complaint.split("\n"))
    if fatal:
        missing = program_messages.find_unsupported(fatal)
        raise Failed(
            "the structure cannot be restored on a throw-away server"
            + (f", which lacks something that it needs: {missing}" if missing else ""),
            code=ErrorCode.RESTORE_FAILED,
            where=where,
            why=program_messages.format_messages(fatal, SHOWN),
            remains=Remains.UNCHANGED,
            instead=("rowkeep doctor",),
        )
