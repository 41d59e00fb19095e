"""Saves the roles of the server beside the dump, which does not contain them."""

from __future__ import annotations

from rowkeep import programs as tools
from rowkeep.backup.storage import PartialDump
from rowkeep.database.connection.subprocess_env import SubprocessConnection
from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.event import Emit, Noted
from rowkeep.programs.background import Cancellation


def dump_roles(
    programs: Programs, connection: SubprocessConnection, cancellation: Cancellation
) -> tools.ProgramResult | None:
    """Read the roles with pg_dumpall, without passwords; None without that program."""
    if "pg_dumpall" not in programs.names:
        return None
    return tools.run_program(
        programs,
        "pg_dumpall",
        ("--roles-only", "--no-role-passwords", "--no-password", f"--dbname={connection.conninfo}"),
        environment=connection.environment,
        beat=cancellation.check,
    )


def save_roles(finished: tools.ProgramResult | None, partial: PartialDump, emit: Emit) -> str | None:
    """Write `<id>.dump.roles.sql`; returns its SHA-256, or None if the roles could not be read.

    The manifest still has the name and attributes of every role.
    """
    if finished is None:
        return None
    if not finished.ok:
        emit(Noted(f"the roles are in the manifest only: {finished.why}"))
        return None
    return partial.beside(".roles.sql", finished.output)
