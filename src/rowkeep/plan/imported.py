"""Another tool's history -> which of the imported migrations count as applied."""

from __future__ import annotations

from collections.abc import Sequence

from rowkeep.domain.count import count_text
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.history.imported import ForeignHistoryRow, ForeignOrigin, parse_origin
from rowkeep.domain.migration import Directory
from rowkeep.errors import Misused, Refused

SHOWN = 5
HIGHEST_ONLY = frozenset({"golang-migrate"})
"""Tools whose history is one number: everything up to it is applied."""


def find_tool(directory: Directory) -> str:
    """The tool that the imported files of `directory` come from. Raises Misused where there is none, or two."""
    tools = sorted({found.tool for each in directory.migrations if (found := parse_origin(each))})
    if len(tools) != 1:
        what = f"files of {' and '.join(tools)}" if tools else "no file that was imported"
        raise Misused(
            f"{directory.path} holds {what}",
            code=ErrorCode.NO_MIGRATIONS,
            where=directory.path,
            instead=("rowkeep import DIR",),
        )
    return tools[0]


def find_applied(directory: Directory, rows: Sequence[ForeignHistoryRow], table: str) -> tuple[str, ...]:
    """The migrations of `directory` that the old history holds, by our names.

    table: the old history's name, for messages. Raises Refused where it holds something unfinished or unknown.
    """
    for row in rows:
        if not row.done:
            raise Refused(
                f"{row.key} is started but not finished in the old tool's history",
                code=ErrorCode.MIGRATION_UNFINISHED,
                where=table,
                why="it is not known which of its statements ran",
                instead=("finish or undo it with the old tool", "rowkeep mark applied NAME… --because REASON"),
            )
    origins: list[tuple[str, ForeignOrigin]] = [
        (each.name, found) for each in directory.migrations if (found := parse_origin(each)) is not None
    ]
    keys = {row.key for row in rows}
    unknown = sorted(keys - {found.key for _, found in origins})
    if unknown:
        more = f" … and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
        many = count_text(len(unknown), "migration that was", "migrations that were")
        raise Refused(
            f"the old history holds {many} not imported",
            code=ErrorCode.HISTORY_NOT_IMPORTED,
            where=table,
            why=", ".join(unknown[:SHOWN]) + more,
            instead=("import the directory that this database was migrated with",),
        )
    if origins and origins[0][1].tool in HIGHEST_ONLY and keys:
        highest = max(int(key) for key in keys)
        keys = {found.key for _, found in origins if int(found.key) <= highest}
    return tuple(name for name, found in origins if found.key in keys)
