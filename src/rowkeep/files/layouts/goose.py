"""The layout of goose: `<number>_name.sql` (or `.go`), with `-- +goose Up` and `-- +goose Down` in one file."""

from __future__ import annotations

import re

from rowkeep.domain.frozen import replace
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Directory, Language, Migration, Remark
from rowkeep.files import marker_files
from rowkeep.files.content.sections import find_directive, unrecognized_remark, whole_section
from rowkeep.files.filesystem.listing import DirectoryEntry, DirectoryListing, file_extension

NAME = "goose"

_FILE = compile_later(r"^(?P<number>[0-9]+)_.*\.(?:sql|go)$")
_MARKER = compile_later(
    r"^--[ \t]*\+goose[ \t]+(?P<direction>up|down)\b(?P<options>[^\r\n]*)", re.MULTILINE | re.IGNORECASE
)
_NO_TRANSACTION = compile_later(r"^--[ \t]*\+goose[ \t]+NO[ \t]+TRANSACTION\b", re.MULTILINE | re.IGNORECASE)
_ENVIRONMENT = compile_later(r"^--[ \t]*\+goose[ \t]+ENVSUBST[ \t]+ON\b", re.MULTILINE | re.IGNORECASE)


def fits(listing: DirectoryListing) -> bool:
    """Whether goose's markers prevail."""
    return marker_files.most_have(listing.scripts, _MARKER, "+goose")


def read(listing: DirectoryListing) -> Directory:
    """The migrations in the order of their numbers (goose's internal/sqlparser)."""
    numbers = {name: int(match["number"]) for name in listing.files if (match := _FILE.match(name))}
    names = sorted(numbers, key=lambda name: (numbers[name], name))
    migrations = tuple(_migration(listing.files[name]) for name in names)
    unrecognized = tuple(unrecognized_remark(entry) for name, entry in listing.files.items() if name not in numbers)
    return Directory(listing.path, NAME, migrations, unrecognized)


def _migration(entry: DirectoryEntry) -> Migration:
    name = entry.name.removesuffix(file_extension(entry.name))
    if entry.name.endswith(".go"):
        part = whole_section(entry.source)
        return Migration(name, entry.source.path, Language.FOREIGN, NAME, part, part, entry.remarks)
    read = marker_files.read_marked_migration(entry, name, NAME, _MARKER, outside=_NO_TRANSACTION)
    span = find_directive(entry.source, _ENVIRONMENT)
    if span is None:
        return read
    message = "environment variables are substituted before this text runs, so their values are not known here"
    return replace(read, remarks=(*read.remarks, Remark("substitution", entry.source, span, message)))
