"""A folder for each version: `1.0/0001_start.sql`, `1.1/0001_more.sql`, also years and months."""

from __future__ import annotations

import re

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Directory
from rowkeep.files.content.sections import file_remark, unrecognized_remark
from rowkeep.files.filename import find_down_files, is_sql, up_file_name
from rowkeep.files.filename import version_of as in_front
from rowkeep.files.filesystem.listing import DirectoryEntry, DirectoryListing, entry_at
from rowkeep.files.nested import files_below
from rowkeep.files.pairs import join_pair

NAME = "version-folders"

_FOLDER = compile_later(r"^(?:v|ver|version|release|rel|r)?[._-]?(?P<number>[0-9]+(?:[._-][0-9]+)*)$", re.IGNORECASE)


def fits(listing: DirectoryListing) -> bool:
    """Whether every folder with SQL is called by a version, and more files lie there than beside them."""
    within = [path for path in files_below(listing) if is_sql(path)] if listing.folders else []
    if not within or not all(_number(folder) for path in within for folder in path.split("/")[:-1]):
        return False
    return len(within) > len(listing.scripts)


def read(listing: DirectoryListing) -> Directory:
    """The files by version of their folders, then by the number in front of their names."""
    within = {path: entry_at(listing.path, path) for path in files_below(listing) if is_sql(path)}
    found: dict[str, str | None] = {}
    folders: dict[str, list[str]] = {}
    for path in within:
        folder, _, name = path.rpartition("/")
        folders.setdefault(folder, []).append(name)
    for folder, names in folders.items():
        here = find_down_files(names)
        found |= {f"{folder}/{name}": partner and f"{folder}/{partner}" for name, partner in here.items()}
    downs = {partner: path for path, partner in found.items() if partner is not None}
    remarks = [unrecognized_remark(entry) for entry in listing.files.values()]
    remarks += [
        file_remark(within[path], "down-only", f"“{path}” is a down file without its up file", fatal=True)
        for path, partner in found.items()
        if partner is None
    ]
    ups = sorted((path for path in within if path not in found), key=_turn)
    migrations = tuple(
        join_pair(_name(path, path in downs), NAME, within[path], within.get(downs.get(path, "")), _never)
        for path in ups
    )
    return Directory(listing.path, NAME, migrations, tuple(remarks))


def _number(folder: str) -> tuple[int, ...]:
    match = _FOLDER.match(folder)
    return tuple(int(part) for part in re.split("[._-]", match["number"])) if match else ()


def _turn(path: str) -> tuple[object, ...]:
    *folders, name = path.split("/")
    return tuple(_number(folder) for folder in folders), in_front(name)


def _name(path: str, paired: bool) -> str:
    *folders, name = path.split("/")
    return "_".join([*folders, up_file_name(name, paired)])


def _never(entry: DirectoryEntry) -> bool:
    return False
