"""The roles of the server, saved beside the dump, which does not hold them."""

from __future__ import annotations

from rowkeep import programs as tools
from rowkeep.backup.place import Partial
from rowkeep.database.handover import Handover
from rowkeep.domain.event import Noted, Tell
from rowkeep.domain.program import Programs


def save_roles(programs: Programs, handover: Handover, partial: Partial, tell: Tell) -> str | None:
    """Write `<id>.dump.roles.sql`, without passwords; its SHA-256, or None where that was not possible.

    Where pg_dumpall is missing or forbidden, the manifest still has every role's name and attributes.
    """
    if "pg_dumpall" not in programs.names:
        return None
    finished = tools.run(
        programs,
        "pg_dumpall",
        ("--roles-only", "--no-role-passwords", "--no-password", f"--dbname={handover.conninfo}"),
        environment=handover.environment,
    )
    if not finished.ok:
        tell(Noted(f"the roles are in the manifest only: {finished.why}"))
        return None
    return partial.beside(".roles.sql", finished.output)
