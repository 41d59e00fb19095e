"""The layout of Prisma 8 (Prisma Next): `<time>_name/ops.json`, whose operations hold the statements; up only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from rowkeep.domain.frozen import replace
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Directory, Migration
from rowkeep.domain.source import Source
from rowkeep.files.content.sections import file_remark, unrecognized_remark, up_only_migration
from rowkeep.files.filesystem.listing import DirectoryEntry, DirectoryListing

NAME = "prisma-next"
FILE = "ops.json"
BESIDE = ("migration.json", "migration.ts", "contract.json", "contract.prisma")

_SQL = compile_later(r'(?<!\\)"sql"\s*:\s*(?=")')


def fits(listing: DirectoryListing) -> bool:
    """Whether a folder holds an `ops.json`."""
    return any(FILE in files for files in listing.folders.values())


def read(listing: DirectoryListing) -> Directory:
    """The migrations in the order of their folders' names; each statement stands on the line it has in `ops.json`."""
    migrations = tuple(_migration(files[FILE], name) for name, files in listing.folders.items() if FILE in files)
    remarks = [unrecognized_remark(entry) for entry in listing.files.values()]
    for folder, files in listing.folders.items():
        if FILE not in files and "migration.ts" in files:
            message = f"“{folder}” has no {FILE}: Prisma has not compiled its migration.ts yet, so it is skipped"
            remarks.append(file_remark(files["migration.ts"], "file-missing", message, fatal=True))
    return Directory(listing.path, NAME, migrations, tuple(remarks))


def _migration(entry: DirectoryEntry, name: str) -> Migration:
    try:
        operations = json.loads(entry.source.text)
        wanted = list(_statements(operations, False))
    except (ValueError, RecursionError):
        remark = file_remark(entry, "journal-unreadable", f"{FILE} does not have the format of Prisma", fatal=True)
        return replace(
            up_only_migration(replace(entry, source=Source(entry.source.path, "")), name, NAME), remarks=(remark,)
        )
    source = Source(entry.source.path, _on_its_lines(entry.source.text, wanted))
    return up_only_migration(replace(entry, source=source), name, NAME)


def _statements(value: object, runs: bool) -> Iterator[tuple[str, bool]]:
    """Every `sql` in the order of the text, and whether it is one that changes the database (and no check)."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "sql" and isinstance(inner, str):
                yield inner, runs
            else:
                yield from _statements(inner, runs or key == "execute")
    elif isinstance(value, list):
        for inner in value:
            yield from _statements(inner, runs)


def _on_its_lines(text: str, wanted: list[tuple[str, bool]]) -> str:
    rows: list[str] = []
    line = at = 0
    for match, (sql, runs) in zip(_SQL.finditer(text), wanted, strict=False):
        if runs:
            line, at = line + text.count("\n", at, match.start()), match.start()
            rows += [""] * (line - len(rows))
            # A comment ends with its line; any other line end is a blank as good as a space.
            statement = sql if "--" in sql else re.sub(r"[\r\n]+", " ", sql)
            rows += f"{statement.rstrip().rstrip(';')};".split("\n")
    return "\n".join(rows) + ("\n" if rows else "")
