"""Checks before pg_dump starts that the role may read everything; pg_dump stops at the first missing right."""

from __future__ import annotations

from collections.abc import Mapping

from rowkeep.domain.count import count_text
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import BackupFailed
from rowkeep.knowledge.forms.keywords import quote_name

SHOWN = 5


def require_rights(unreadable: Mapping[str, tuple[str, ...]], role: str) -> None:
    """Raise BackupFailed, with the missing grants, if something would be missing from the dump."""
    if not unreadable:
        return
    instead = []
    if unreadable.keys() & {"schema", "table", "sequence"}:
        instead.append(f"GRANT pg_read_all_data TO {quote_name(role)};")
    if "row security" in unreadable:
        instead.append(f"ALTER ROLE {quote_name(role)} BYPASSRLS;")
    if "large object" in unreadable:
        first = unreadable["large object"][0]
        instead.append(f"GRANT SELECT ON LARGE OBJECT {first} TO {quote_name(role)}; (and so on for each)")
    raise BackupFailed(
        f"the role {role} may not read everything that must be in the backup",
        code=ErrorCode.BACKUP_PERMISSION_MISSING,
        why=[_line(reason, names) for reason, names in unreadable.items()],
        instead=(*instead, "or back up as another role: rowkeep backup --database URL"),
    )


def _line(reason: str, names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
    if reason == "row security":
        return f"row security hides rows of {count_text(len(names), 'table')} from it: {shown}"
    return f"no right to read {count_text(len(names), reason)}: {shown}"
