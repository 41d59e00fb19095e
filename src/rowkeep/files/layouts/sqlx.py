"""The layout of sqlx: `<number>_name.sql`, or pairs `.up.sql` and `.down.sql`; `-- no-transaction` at the start."""

from __future__ import annotations

import re

from rowkeep.domain.migration import Directory
from rowkeep.files.listing import Entry, Listing
from rowkeep.files.markers import markers
from rowkeep.files.paired import has_pairs, read_pairs
from rowkeep.files.sections import single, stranger

NAME = "sqlx"

_FILE = re.compile(r"^(?P<number>[0-9]+)_.*\.sql$")


def fits(listing: Listing) -> bool:
    """Whether a Cargo project lies beside, or a file begins with sqlx's own comment."""
    if "Cargo.toml" in listing.beside and listing.scripts:
        return not any(markers(entry.source.text) for entry in listing.scripts.values())
    return any(_outside(entry) for entry in listing.scripts.values())


def read(listing: Listing) -> Directory:
    """The migrations in the order of their numbers (sqlx-core's migrate/source.rs)."""
    if has_pairs(listing):
        return read_pairs(listing, NAME, _outside)
    numbers = {name: int(match["number"]) for name in listing.files if (match := _FILE.match(name))}
    migrations = tuple(
        single(listing.files[name], name.removesuffix(".sql"), NAME, outside=_outside(listing.files[name]))
        for name in sorted(numbers, key=lambda name: (numbers[name], name))
    )
    strangers = tuple(stranger(entry) for name, entry in listing.files.items() if name not in numbers)
    return Directory(listing.path, NAME, migrations, strangers)


def _outside(entry: Entry) -> bool:
    return entry.source.text.startswith("-- no-transaction")
