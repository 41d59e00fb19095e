"""The layout of Diesel: `<version>_name/up.sql`, `down.sql`, and `metadata.toml`."""

from __future__ import annotations

from collections.abc import Mapping

from rowkeep.domain.migration import Directory, Remark
from rowkeep.files.listing import Entry, Listing
from rowkeep.files.paired import joined
from rowkeep.files.sections import about, stranger

NAME = "diesel"
METADATA = "metadata.toml"


def fits(listing: Listing) -> bool:
    """Whether a folder holds an `up.sql`."""
    return any("up.sql" in files for files in listing.folders.values())


def read(listing: Listing) -> Directory:
    """The migrations in the order of their versions: the folder's name up to the first `_`, without hyphens."""
    names = sorted((name for name, files in listing.folders.items() if "up.sql" in files), key=_version)
    migrations = tuple(
        joined(name, NAME, files["up.sql"], files.get("down.sql"), lambda _, files=files: _outside(files))  # type: ignore[misc]
        for name in names
        for files in (listing.folders[name],)
    )
    remarks = [stranger(entry) for entry in listing.files.values()]
    for files in listing.folders.values():
        remarks += _strangers(files)
    return Directory(listing.path, NAME, migrations, tuple(remarks))


def _version(name: str) -> tuple[str, str]:
    return name.partition("_")[0].replace("-", ""), name


def _outside(files: Mapping[str, Entry]) -> bool:
    import tomllib

    if METADATA not in files:
        return False
    try:
        return tomllib.loads(files[METADATA].source.text).get("run_in_transaction") is False
    except tomllib.TOMLDecodeError:
        return False


def _strangers(files: Mapping[str, Entry]) -> list[Remark]:
    if "down.sql" in files and "up.sql" not in files:
        return [about(files["down.sql"], "down-only", "a down file without its up file", fatal=True)]
    return [stranger(entry) for name, entry in files.items() if name not in ("up.sql", "down.sql", METADATA)]
