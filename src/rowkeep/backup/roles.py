"""Saves the roles of the server beside the dump, which does not contain them."""

from __future__ import annotations

from rowkeep import programs as tools
from rowkeep.backup.storage import PartialDump
from rowkeep.database.connection.subprocess_env import SubprocessConnection
from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.event import Emit, Noted


def save_roles(programs: Programs, connection: SubprocessConnection, partial: PartialDump, emit: Emit) -> str | None:
    """Write `<id>.dump.roles.sql`, without passwords; returns its SHA-256, or None if that is not possible.

    Without pg_dumpall, the manifest still has the name and attributes of every role.
    """
    if "pg_dumpall" not in programs.names:
        return None
    finished = tools.run_program(
        programs,
        "pg_dumpall",
        ("--roles-only", "--no-role-passwords", "--no-password", f"--dbname={connection.conninfo}"),
        environment=connection.environment,
    )
    if not finished.ok:
        emit(Noted(f"the roles are in the manifest only: {finished.why}"))
        return None
    return partial.beside(".roles.sql", finished.output)
