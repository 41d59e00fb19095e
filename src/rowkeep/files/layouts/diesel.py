"""The layout of Diesel: `<version>_name/up.sql`, `down.sql`, and `metadata.toml`."""

from __future__ import annotations

from collections.abc import Mapping

from rowkeep.domain.migration import Directory, Remark
from rowkeep.files.content.sections import file_remark, unrecognized_remark
from rowkeep.files.filesystem.listing import DirectoryEntry, DirectoryListing
from rowkeep.files.pairs import join_pair

NAME = "diesel"
METADATA = "metadata.toml"


def fits(listing: DirectoryListing) -> bool:
    """Whether a folder holds an `up.sql`."""
    return any("up.sql" in files for files in listing.folders.values())


def read(listing: DirectoryListing) -> Directory:
    """The migrations in the order of their versions: the folder's name up to the first `_`, without hyphens."""
    names = sorted((name for name, files in listing.folders.items() if "up.sql" in files), key=_version)
    migrations = tuple(
        join_pair(name, NAME, files["up.sql"], files.get("down.sql"), lambda _, files=files: _outside(files))  # type: ignore[misc]
        for name in names
        for files in (listing.folders[name],)
    )
    remarks = [unrecognized_remark(entry) for entry in listing.files.values()]
    for files in listing.folders.values():
        remarks += _find_unrecognized(files)
    return Directory(listing.path, NAME, migrations, tuple(remarks))


def _version(name: str) -> tuple[str, str]:
    return name.partition("_")[0].replace("-", ""), name


def _outside(files: Mapping[str, DirectoryEntry]) -> bool:
    import tomllib

    if METADATA not in files:
        return False
    try:
        return tomllib.loads(files[METADATA].source.text).get("run_in_transaction") is False
    except tomllib.TOMLDecodeError:
        return False


def _find_unrecognized(files: Mapping[str, DirectoryEntry]) -> list[Remark]:
    if "down.sql" in files and "up.sql" not in files:
        return [file_remark(files["down.sql"], "down-only", "a down file without its up file", fatal=True)]
    return [
        unrecognized_remark(entry) for name, entry in files.items() if name not in ("up.sql", "down.sql", METADATA)
    ]
