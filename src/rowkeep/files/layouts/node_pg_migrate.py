"""The layout of node-pg-migrate: `<prefix>_name.sql` (also `.js`, `.ts` …, `.py`), both parts in one file."""

from __future__ import annotations

import math
from collections import Counter

from rowkeep.domain.frozen import replace
from rowkeep.domain.migration import Directory, Language, Migration, Remark
from rowkeep.files.content.markers import cut_sections, find_markers
from rowkeep.files.content.sections import file_remark, unrecognized_remark, whole_section
from rowkeep.files.filesystem.listing import DirectoryEntry, DirectoryListing, file_extension
from rowkeep.files.order import numeric_prefix, prefix_number, sort_names

NAME = "node-pg-migrate"
LONGEST_NAME = 255
"""`pgmigrations.name` is varchar(255)."""

LANGUAGES = {
    ".sql": Language.SQL,
    ".py": Language.PYTHON,
    **dict.fromkeys((".js", ".ts", ".cjs", ".mjs", ".cts", ".mts"), Language.FOREIGN),
}
_LENGTHS = {10: "seconds", 13: "milliseconds", 14: "a date of 14 digits", 17: "a date of 17 digits"}
_COMPARABLE = {13, 17}


def fits(listing: DirectoryListing) -> bool:
    """Whether half of the files have a numeric prefix, or half a marker; an empty directory is one of these, too.

    Less than that is a folder of scripts, of which some happen to look so.
    """
    names = [name for name in listing.files if language(name) is not None]
    numbered = sum(1 for name in names if numeric_prefix(name))
    if 2 * numbered >= len(names):
        return True
    marked = sum(1 for name in names if find_markers(listing.files[name].source.text))
    return 2 * marked >= len(names)


def language(name: str) -> Language | None:
    """The language of a file with this name; None if it is not a migration."""
    return LANGUAGES.get(file_extension(name).lower())


def read(listing: DirectoryListing) -> Directory:
    """The migrations in node-pg-migrate's order, and what is wrong with their names."""
    names = sort_names(name for name in listing.files if language(name) is not None)
    migrations = [_migration(listing.files[name]) for name in names]
    taken = Counter(migration.name for migration in migrations)
    for number, (migration, name) in enumerate(zip(migrations, names, strict=True)):
        remarks = _name_remarks(migration, listing.files[name], taken[migration.name])
        if remarks:
            migrations[number] = replace(migration, remarks=migration.remarks + remarks)
    return Directory(
        listing.path, NAME, tuple(migrations), (*_mixed_prefixes(listing, names), *find_unrecognized(listing))
    )


def _migration(entry: DirectoryEntry) -> Migration:
    kind = language(entry.name) or Language.FOREIGN
    name = entry.name.removesuffix(file_extension(entry.name))
    if kind is Language.PYTHON:
        # Python's grammar takes a moment to load; without such a file it is not needed.
        from rowkeep.files.content import python

        return python.read_python_migration(entry, name, NAME)
    everything = whole_section(entry.source)
    if kind is not Language.SQL:
        return Migration(name, entry.source.path, kind, NAME, everything, everything, entry.remarks)
    up, down, remarks = cut_sections(entry.source)
    return Migration(name, entry.source.path, kind, NAME, up, down, entry.remarks + remarks)


def _name_remarks(migration: Migration, entry: DirectoryEntry, uses: int) -> tuple[Remark, ...]:
    found: list[tuple[str, str, bool]] = []
    if not numeric_prefix(entry.name):
        found.append(("no-prefix", "the name does not start with a number: its place in the order is undefined", True))
    elif math.isnan(prefix_number(entry.name)):
        message = (
            f"the prefix {numeric_prefix(entry.name)} has 17 digits but is not a valid date: its place is undefined"
        )
        found.append(("impossible-date", message, True))
    if uses > 1:
        message = f"{uses} files are named “{migration.name}”: the history cannot distinguish them"
        found.append(("duplicate-name", message, True))
    if len(migration.name) > LONGEST_NAME:
        message = f"the name has {len(migration.name)} characters; the history stores at most {LONGEST_NAME}"
        found.append(("name-too-long", message, True))
    if "'" in migration.name:
        found.append(("quote-in-name", "a quote in the name: node-pg-migrate fails when it records it", False))
    if not migration.name.isprintable():
        message = "the name is not valid UTF-8 or contains control characters: the history cannot store it"
        found.append(("unprintable-name", message, True))
    return tuple(file_remark(entry, kind, message, fatal) for kind, message, fatal in found)


def _mixed_prefixes(listing: DirectoryListing, names: list[str]) -> tuple[Remark, ...]:
    """Prefixes of different kinds, whose numbers do not sort by time."""
    lengths = Counter(len(numeric_prefix(name)) for name in names if len(numeric_prefix(name)) in _LENGTHS)
    if len(lengths) < 2 or set(lengths) == _COMPARABLE:
        return ()
    usual = lengths.most_common(1)[0][0]
    last = max(prefix_number(name) for name in names if len(numeric_prefix(name)) == usual)
    remarks = []
    for name in names:
        length = len(numeric_prefix(name))
        if length not in _LENGTHS or length == usual or {length, usual} == _COMPARABLE:
            continue
        place = "after all of those" if prefix_number(name) > last else "by its number, and not by its time"
        message = f"the prefix is {_LENGTHS[length]}, most others are {_LENGTHS[usual]}: it sorts {place}"
        remarks.append(file_remark(listing.files[name], "mixed-prefixes", message))
    return tuple(remarks)


def find_unrecognized(listing: DirectoryListing) -> tuple[Remark, ...]:
    """Remarks on files that are not migrations."""
    return tuple(unrecognized_remark(entry) for name, entry in listing.files.items() if language(name) is None)
