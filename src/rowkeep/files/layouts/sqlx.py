"""The layout of sqlx: `<number>_name.sql`, or pairs `.up.sql` and `.down.sql`; `-- no-transaction` at the start."""

from __future__ import annotations

import re
from dataclasses import replace

from rowkeep.domain.migration import Directory
from rowkeep.files.listing import Entry, Listing
from rowkeep.files.markers import markers
from rowkeep.files.paired import PAIR, read_pairs
from rowkeep.files.sections import about, single, stranger

NAME = "sqlx"

_FILE = re.compile(r"^(?P<number>[0-9]+)_.*\.sql$")


def fits(listing: Listing) -> bool:
    """Whether a Cargo project lies beside, or a file begins with sqlx's own comment."""
    if "Cargo.toml" in listing.beside and listing.scripts:
        return not any(markers(entry.source.text) for entry in listing.scripts.values())
    return any(_outside(entry) for entry in listing.scripts.values())


def read(listing: Listing) -> Directory:
    """The migrations in the order of their numbers (sqlx-core's migrate/source.rs)."""
    if any(PAIR.match(name) for name in listing.files):
        return _with_pairs(listing)
    numbers = {name: int(match["number"]) for name in listing.files if (match := _FILE.match(name))}
    migrations = tuple(
        single(listing.files[name], name.removesuffix(".sql"), NAME, outside=_outside(listing.files[name]))
        for name in sorted(numbers, key=lambda name: (numbers[name], name))
    )
    strangers = tuple(stranger(entry) for name, entry in listing.files.items() if name not in numbers)
    return Directory(listing.path, NAME, migrations, strangers)


def _with_pairs(listing: Listing) -> Directory:
    """Pairs, and between them the files that have no down part: sqlx runs both kinds."""
    paired = read_pairs(replace(listing, files=_only(listing, True)), NAME, _outside)
    rest = read(replace(listing, files=_only(listing, False)))
    together = {_number(migration.path): migration for migration in rest.migrations}
    remarks = list(paired.remarks)
    for migration in paired.migrations:
        number = _number(migration.path)
        if number in together:
            entry = listing.files[migration.path.rpartition("/")[2]]
            remarks.append(about(entry, "duplicate-name", f"the number {number} is used twice", fatal=True))
    migrations = sorted((*paired.migrations, *rest.migrations), key=lambda each: (_number(each.path), each.name))
    return Directory(listing.path, NAME, tuple(migrations), (*remarks, *rest.remarks))


def _only(listing: Listing, paired: bool) -> dict[str, Entry]:
    return {name: entry for name, entry in listing.files.items() if (PAIR.match(name) is not None) is paired}


def _number(path: str) -> int:
    match = re.match(r"[0-9]+", path.rpartition("/")[2])
    return int(match.group()) if match else 0


def _outside(entry: Entry) -> bool:
    return entry.source.text.startswith("-- no-transaction")
