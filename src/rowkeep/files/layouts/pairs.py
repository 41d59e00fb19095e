"""Up and down parts in two files by any of the usual names: `a.up.sql`, `a_up.sql`, `a.sql` beside `a.down.sql` …

golang-migrate's own layout is a part of this one; what is read here may have no number, or another in front.
"""

from __future__ import annotations

from rowkeep.domain.migration import Directory
from rowkeep.files.content.markers import find_markers
from rowkeep.files.content.sections import file_remark, unrecognized_remark
from rowkeep.files.filename import find_down_files, is_sql, up_file_name, version_of
from rowkeep.files.filesystem.listing import DirectoryEntry, DirectoryListing
from rowkeep.files.layouts.node_pg_migrate import language
from rowkeep.files.pairs import join_pair

NAME = "pairs"


def fits(listing: DirectoryListing) -> bool:
    """Whether a file is the down part of another, and none says in its text which part is up."""
    scripts = [name for name in listing.files if is_sql(name)]
    found = find_down_files(scripts)
    if not any(partner is not None or ".down." in name.lower() for name, partner in found.items()):
        return False
    if any(language(name) is not None and not is_sql(name) for name in listing.files):
        return False
    return not any(find_markers(listing.files[name].source.text) for name in scripts)


def read(listing: DirectoryListing) -> Directory:
    """The up files by the number in front of their names, each with its down file; a down file alone is refused."""
    scripts = [name for name in listing.files if is_sql(name)]
    found = find_down_files(scripts)
    downs = {partner: name for name, partner in found.items() if partner is not None}
    remarks = [unrecognized_remark(entry) for name, entry in listing.files.items() if not is_sql(name)]
    remarks += [
        file_remark(listing.files[name], "down-only", f"“{name}” is a down file without its up file", fatal=True)
        for name, partner in found.items()
        if partner is None
    ]
    several = [name for name, partner in found.items() if partner is not None and downs[partner] != name]
    remarks += [
        file_remark(
            listing.files[name], "duplicate-name", f"“{name}” and “{downs[found[name] or '']}” undo one file", True
        )
        for name in several
    ]
    ups = sorted((name for name in scripts if name not in found), key=version_of)
    migrations = tuple(
        join_pair(
            up_file_name(name, name in downs),
            NAME,
            listing.files[name],
            listing.files.get(downs.get(name, "")),
            alone,
        )
        for name in ups
    )
    return Directory(listing.path, NAME, migrations, tuple(remarks))


def alone(entry: DirectoryEntry) -> bool:
    """Whether the name says that no transaction is wanted (`a.postgres.autocommit.up.sql`)."""
    return ".autocommit." in entry.source.path.rpartition("/")[2].lower()
