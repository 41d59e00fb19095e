"""The layout of sqlx: `<number>_name.sql`, or pairs `.up.sql` and `.down.sql`; `-- no-transaction` at the start."""

from __future__ import annotations

import re

from rowkeep.domain.frozen import replace
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Directory
from rowkeep.files.content.markers import find_markers
from rowkeep.files.content.sections import file_remark, unrecognized_remark, up_only_migration
from rowkeep.files.filesystem.listing import DirectoryEntry, DirectoryListing
from rowkeep.files.pairs import PAIR, read_pairs

NAME = "sqlx"

_FILE = compile_later(r"^(?P<number>[0-9]+)_.*\.sql$")


def fits(listing: DirectoryListing) -> bool:
    """Whether a Cargo project lies beside, or a file begins with sqlx's own comment."""
    if "Cargo.toml" in listing.beside and listing.scripts:
        return not any(find_markers(entry.source.text) for entry in listing.scripts.values())
    return any(_outside(entry) for entry in listing.scripts.values())


def read(listing: DirectoryListing) -> Directory:
    """The migrations in the order of their numbers (sqlx-core's migrate/source.rs)."""
    if any(PAIR.match(name) for name in listing.files):
        return _with_pairs(listing)
    numbers = {name: int(match["number"]) for name in listing.files if (match := _FILE.match(name))}
    migrations = tuple(
        up_only_migration(listing.files[name], name.removesuffix(".sql"), NAME, outside=_outside(listing.files[name]))
        for name in sorted(numbers, key=lambda name: (numbers[name], name))
    )
    unrecognized = tuple(unrecognized_remark(entry) for name, entry in listing.files.items() if name not in numbers)
    return Directory(listing.path, NAME, migrations, unrecognized)


def _with_pairs(listing: DirectoryListing) -> Directory:
    """Pairs, and between them the files that have no down part: sqlx runs both kinds."""
    paired = read_pairs(replace(listing, files=_only(listing, True)), NAME, _outside)
    rest = read(replace(listing, files=_only(listing, False)))
    together = {_number(migration.path): migration for migration in rest.migrations}
    remarks = list(paired.remarks)
    for migration in paired.migrations:
        number = _number(migration.path)
        if number in together:
            entry = listing.files[migration.path.rpartition("/")[2]]
            remarks.append(file_remark(entry, "duplicate-name", f"the number {number} is used twice", fatal=True))
    migrations = sorted((*paired.migrations, *rest.migrations), key=lambda each: (_number(each.path), each.name))
    return Directory(listing.path, NAME, tuple(migrations), (*remarks, *rest.remarks))


def _only(listing: DirectoryListing, paired: bool) -> dict[str, DirectoryEntry]:
    return {name: entry for name, entry in listing.files.items() if (PAIR.match(name) is not None) is paired}


def _number(path: str) -> int:
    match = re.match(r"[0-9]+", path.rpartition("/")[2])
    return int(match.group()) if match else 0


def _outside(entry: DirectoryEntry) -> bool:
    return entry.source.text.startswith("-- no-transaction")
