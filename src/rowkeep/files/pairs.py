"""Migrations whose up and down parts are two files, `x.up.sql` and `x.down.sql`, or two files of one folder."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Directory, Language, Migration, Remark, Section
from rowkeep.files.content.sections import empty_remark, file_remark, unrecognized_remark, whole_section
from rowkeep.files.filesystem.listing import DirectoryEntry, DirectoryListing

PAIR = compile_later(r"^(?P<name>(?P<number>[0-9]+)_?.*)\.(?P<direction>up|down)\.sql$")

_SINGLE = compile_later(r"^[0-9]+_.*\.sql$", re.IGNORECASE)


def has_pairs(listing: DirectoryListing) -> bool:
    """Whether at least half of the SQL files are named like pairs of golang-migrate."""
    paired = sum(1 for name in listing.files if (".up." in name or ".down." in name) and PAIR.match(name))
    return paired > 0 and 2 * paired >= len(listing.scripts)


def join_pair(
    name: str, layout: str, up: DirectoryEntry, down: DirectoryEntry | None, outside: Callable[[DirectoryEntry], bool]
) -> Migration:
    """One migration from two files."""
    part = whole_section(up.source, outside=outside(up))
    below: Section | None = whole_section(down.source, outside=outside(down)) if down else None
    remarks = (*up.remarks, *(down.remarks if down else ()), *empty_remark(part))
    return Migration(name, up.source.path, Language.SQL, layout, part, below, remarks)


def read_pairs(listing: DirectoryListing, layout: str, outside: Callable[[DirectoryEntry], bool]) -> Directory:
    """The pairs in the order of their numbers. A down file without up file and a repeated number are fatal remarks."""
    pairs: dict[str, dict[str, DirectoryEntry]] = {}
    numbers: dict[str, int] = {}
    rest: list[DirectoryEntry] = []
    for name, entry in listing.files.items():
        match = PAIR.match(name)
        if match is None:
            rest.append(entry)
            continue
        pairs.setdefault(match["name"], {})[match["direction"]] = entry
        numbers[match["name"]] = int(match["number"])
    remarks = [_beside(entry) for entry in rest]
    remarks += [
        file_remark(pair["down"], "down-only", "a down file without its up file", fatal=True)
        for pair in pairs.values()
        if "up" not in pair
    ]
    remarks += _repeated_numbers(pairs, numbers)
    names = sorted((name for name, pair in pairs.items() if "up" in pair), key=lambda name: (numbers[name], name))
    migrations = tuple(join_pair(name, layout, pairs[name]["up"], pairs[name].get("down"), outside) for name in names)
    return Directory(listing.path, layout, migrations, tuple(remarks))


def _beside(entry: DirectoryEntry) -> Remark:
    """The remark on a file without a pair. golang-migrate skips `7_name.sql`, sqlx runs it as an up part."""
    if not _SINGLE.match(entry.name):
        return unrecognized_remark(entry)
    message = f"“{entry.name}” is among pairs but has no .up or .down: sqlx runs it, golang-migrate does not"
    return file_remark(entry, "plain-among-pairs", message, fatal=True)


def _repeated_numbers(pairs: Mapping[str, Mapping[str, DirectoryEntry]], numbers: Mapping[str, int]) -> list[Remark]:
    uses = Counter(numbers.values())
    return [
        file_remark(
            next(iter(pair.values())), "duplicate-name", f"the number {numbers[name]} is used twice", fatal=True
        )
        for name, pair in pairs.items()
        if uses[numbers[name]] > 1
    ]
