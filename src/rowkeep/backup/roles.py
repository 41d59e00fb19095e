"""The roles of the server, saved beside the dump, which does not hold them."""

from __future__ import annotations

from rowkeep import programs as tools
from rowkeep.backup.storage import PartialDump
from rowkeep.database.connection.subprocess_env import SubprocessConnection
from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.event import Emit, Noted


def save_roles(programs: Programs, handover: SubprocessConnection, partial: PartialDump, emit: Emit) -> str | None:
    """Write `<id>.dump.roles.sql`, without passwords; its SHA-256, or None where that was not possible.

    Where pg_dumpall is missing or forbidden, the manifest still has every role's name and attributes.
    """
    if "pg_dumpall" not in programs.names:
        return None
    finished = tools.run_program(
        programs,
        "pg_dumpall",
        ("--roles-only", "--no-role-passwords", "--no-password", f"--dbname={handover.conninfo}"),
        environment=handover.environment,
    )
    if not finished.ok:
        emit(Noted(f"the roles are in the manifest only: {finished.why}"))
        return None
    return partial.beside(".roles.sql", finished.output)
