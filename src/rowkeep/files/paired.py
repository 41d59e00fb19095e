"""Migrations whose up and down parts are two files, `x.up.sql` and `x.down.sql`, or two files of one folder."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping

from rowkeep.domain.migration import Directory, Language, Migration, Remark, Section
from rowkeep.files.listing import Entry, Listing
from rowkeep.files.sections import about, empty, stranger, whole

PAIR = re.compile(r"^(?P<name>(?P<number>[0-9]+)_?.*)\.(?P<direction>up|down)\.sql$")

_SINGLE = re.compile(r"^[0-9]+_.*\.sql$", re.IGNORECASE)


def has_pairs(listing: Listing) -> bool:
    """Whether half of the SQL files are one of a pair, by golang-migrate's names."""
    paired = sum(1 for name in listing.files if PAIR.match(name))
    return paired > 0 and 2 * paired >= len(listing.scripts)


def joined(name: str, layout: str, up: Entry, down: Entry | None, outside: Callable[[Entry], bool]) -> Migration:
    """One migration of two files."""
    part = whole(up.source, outside=outside(up))
    below: Section | None = whole(down.source, outside=outside(down)) if down else None
    remarks = (*up.remarks, *(down.remarks if down else ()), *empty(part))
    return Migration(name, up.source.path, Language.SQL, layout, part, below, remarks)


def read_pairs(listing: Listing, layout: str, outside: Callable[[Entry], bool]) -> Directory:
    """The pairs in the order of their numbers; a down file alone, and a number used twice, are fatal remarks."""
    pairs: dict[str, dict[str, Entry]] = {}
    numbers: dict[str, int] = {}
    rest: list[Entry] = []
    for name, entry in listing.files.items():
        match = PAIR.match(name)
        if match is None:
            rest.append(entry)
            continue
        pairs.setdefault(match["name"], {})[match["direction"]] = entry
        numbers[match["name"]] = int(match["number"])
    remarks = [_beside(entry) for entry in rest]
    remarks += [
        about(pair["down"], "down-only", "a down file without its up file", fatal=True)
        for pair in pairs.values()
        if "up" not in pair
    ]
    remarks += _repeated(pairs, numbers)
    names = sorted((name for name, pair in pairs.items() if "up" in pair), key=lambda name: (numbers[name], name))
    migrations = tuple(joined(name, layout, pairs[name]["up"], pairs[name].get("down"), outside) for name in names)
    return Directory(listing.path, layout, migrations, tuple(remarks))


def _beside(entry: Entry) -> Remark:
    """A file that is none of a pair. golang-migrate passes over `7_name.sql`, and sqlx runs it as an up part."""
    if not _SINGLE.match(entry.name):
        return stranger(entry)
    message = f"“{entry.name}” lies among pairs without .up or .down: sqlx runs it, golang-migrate does not"
    return about(entry, "plain-among-pairs", message, fatal=True)


def _repeated(pairs: Mapping[str, Mapping[str, Entry]], numbers: Mapping[str, int]) -> list[Remark]:
    uses = Counter(numbers.values())
    return [
        about(next(iter(pair.values())), "duplicate-name", f"the number {numbers[name]} is used twice", fatal=True)
        for name, pair in pairs.items()
        if uses[numbers[name]] > 1
    ]
