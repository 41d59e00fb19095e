"""The layout of Drizzle: `<number>_name.sql` in the order of `meta/_journal.json`, up only.

Its later form is a folder per migration, `<digits>_name/migration.sql` beside a `snapshot.json`.
"""

from __future__ import annotations

import json

from rowkeep.domain.migration import Directory
from rowkeep.files.content.sections import file_remark, unrecognized_remark, up_only_migration
from rowkeep.files.filesystem.listing import DirectoryListing

NAME = "drizzle"
JOURNAL = "_journal.json"
FILE, SNAPSHOT = "migration.sql", "snapshot.json"


def fits(listing: DirectoryListing) -> bool:
    """Whether there is Drizzle's journal, or a snapshot beside a migration."""
    if JOURNAL in listing.folders.get("meta", {}):
        return True
    return any({FILE, SNAPSHOT} <= files.keys() for files in listing.folders.values())


def read(listing: DirectoryListing) -> Directory:
    """The migrations in the order of the journal. Drizzle never runs files that the journal does not name."""
    journal = listing.folders.get("meta", {}).get(JOURNAL)
    if journal is None:
        folders = {name: files for name, files in listing.folders.items() if FILE in files}
        found = tuple(up_only_migration(files[FILE], name, NAME) for name, files in folders.items())
        return Directory(listing.path, NAME, found, tuple(map(unrecognized_remark, listing.files.values())))
    tags = _tags(journal.source.text)
    remarks = []
    if tags is None:
        remarks.append(
            file_remark(journal, "journal-unreadable", "the journal does not have the format of Drizzle", fatal=True)
        )
        tags = [name.removesuffix(".sql") for name in listing.scripts]
    missing = [tag for tag in tags if f"{tag}.sql" not in listing.files]
    remarks += [
        file_remark(journal, "file-missing", f"the journal names “{tag}”: no such file", True) for tag in missing
    ]
    for name, entry in listing.files.items():
        if not name.endswith(".sql"):
            remarks.append(unrecognized_remark(entry))
        elif name.removesuffix(".sql") not in tags:
            remarks.append(
                file_remark(entry, "not-in-journal", "the journal does not name this file: it is not run", True)
            )
    migrations = tuple(
        up_only_migration(listing.files[f"{tag}.sql"], tag, NAME) for tag in tags if f"{tag}.sql" in listing.files
    )
    return Directory(listing.path, NAME, migrations, tuple(remarks))


def _tags(text: str) -> list[str] | None:
    try:
        entries = json.loads(text)["entries"]
        return [str(entry["tag"]) for entry in sorted(entries, key=lambda entry: entry["idx"])]
    except (ValueError, KeyError, TypeError):
        return None
