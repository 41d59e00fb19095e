"""The layout of Flyway: `V<version>__name.sql`, its undo `U<version>__name.sql`, and repeatable `R__name.sql`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rowkeep.domain.frozen import replace
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Directory, Language, Migration, Remark
from rowkeep.domain.source import Span
from rowkeep.files.content.sections import empty_remark, file_remark, unrecognized_remark, whole_section
from rowkeep.files.filesystem.listing import DirectoryEntry, DirectoryListing, entry_at
from rowkeep.files.nested import files_below

NAME = "flyway"

_FILE = compile_later(r"^(?P<kind>[VUB])(?P<version>[0-9]+(?:[._][0-9]+)*)__(?P<name>.*)\.sql$|^R__.*\.sql$")
_OUTSIDE = compile_later(r"executeInTransaction\s*=\s*false", re.IGNORECASE)
_COMMENTED = compile_later(r"^--[ \t]*flyway:[ \t]*executeInTransaction\s*=\s*false", re.IGNORECASE | re.MULTILINE)
_PLACEHOLDER = compile_later(r"\$\{[^}\s]+\}")

Version = tuple[int, ...]


def fits(listing: DirectoryListing) -> bool:
    """Whether a file is named like Flyway's."""
    return any(_FILE.match(name) for name in _files(listing) if name[:1] in "VUBR")


def read(listing: DirectoryListing) -> Directory:
    """The versioned migrations in the order of their versions, then the repeatable ones by name."""
    files = _files(listing)
    versions: dict[tuple[str, Version], list[DirectoryEntry]] = {}
    repeatable: list[DirectoryEntry] = []
    remarks: list[Remark] = []
    for name, entry in files.items():
        match = _FILE.match(name)
        if match is None:
            if not name.endswith(".conf"):
                remarks.append(unrecognized_remark(entry))
        elif match["kind"] is None:
            repeatable.append(entry)
        elif match["kind"] == "B":
            remarks.append(
                file_remark(entry, "baseline-file", "a baseline, which replaces all earlier versions; skipped")
            )
        else:
            versions.setdefault((match["kind"], _version(match["version"])), []).append(entry)
    migrations = []
    for (kind, version), entries in sorted(versions.items(), key=lambda item: item[0][1]):
        if kind == "V":
            undo = versions.get(("U", version), [None])[0]
            migrations += [_migration(entry, undo, files, len(entries)) for entry in entries]
        elif ("V", version) not in versions:
            remarks += [
                file_remark(entry, "down-only", "an undo file without its migration", True) for entry in entries
            ]
    migrations += [_migration(entry, None, files, 1) for entry in repeatable]
    return Directory(listing.path, NAME, tuple(migrations), tuple(remarks))


def _files(listing: DirectoryListing) -> Mapping[str, DirectoryEntry]:
    """Flyway looks into folders, too."""
    within = {name: entry for files in listing.folders.values() for name, entry in files.items()}
    deeper = {
        path.rpartition("/")[2]: entry_at(listing.path, path)
        for path in (files_below(listing) if listing.folders else ())
        if path.count("/") > 1 and _FILE.match(path.rpartition("/")[2])
    }
    return {**deeper, **within, **listing.files}


def _version(text: str) -> Version:
    numbers = [int(number) for number in re.split(r"[._]", text)]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _migration(
    entry: DirectoryEntry, undo: DirectoryEntry | None, files: Mapping[str, DirectoryEntry], uses: int
) -> Migration:
    conf = files.get(f"{entry.name}.conf")
    outside = conf is not None and _OUTSIDE.search(conf.source.text) is not None
    outside = outside or _COMMENTED.search(entry.source.text) is not None
    up = whole_section(entry.source, outside=outside)
    remarks = (*entry.remarks, *empty_remark(up), *(undo.remarks if undo else ()))
    if uses > 1:
        remarks += (file_remark(entry, "duplicate-name", f"{uses} files have this version", fatal=True),)
    down = whole_section(undo.source) if undo else None
    name = entry.name.removesuffix(".sql")
    read = Migration(name, entry.source.path, Language.SQL, NAME, up, down, remarks)
    hole = _PLACEHOLDER.search(entry.source.text)
    if hole is None:
        return read
    message = f"{hole.group()} is replaced before this text runs, so its value is not known here"
    remark = Remark("substitution", entry.source, Span(*hole.span()), message)
    return replace(read, remarks=(*read.remarks, remark))
