"""Directories with files for several databases: keeps those for PostgreSQL and skips the others with one note."""

from __future__ import annotations

from collections import defaultdict

from rowkeep.domain.count import count_text
from rowkeep.domain.frozen import replace
from rowkeep.domain.migration import Remark
from rowkeep.domain.source import Source, Span
from rowkeep.files.filename import database_of_name, is_sql
from rowkeep.files.filesystem.listing import DirectoryEntry, DirectoryListing

POSTGRES, ANY = "postgres", ""


def select_postgres(listing: DirectoryListing) -> tuple[DirectoryListing, tuple[Remark, ...]]:
    """The listing without the files of other databases, and a note about the skipped files.

    Of `a.postgres.up.sql`, `a.mysql.up.sql` and `a.up.sql` the first is kept, with the name `a.up.sql`. If no file is
    for PostgreSQL, the one without a database is kept. If only one file of a directory has such a word in its name,
    nothing changes: the word may mean something else.
    """
    named = {name: database_of_name(name) for name in listing.files if is_sql(name)}
    databases = {database for database, _ in named.values() if database is not None}
    bases: dict[str, dict[str | None, str]] = defaultdict(dict)
    for name, (database, base) in named.items():
        bases[base.casefold()].setdefault(database, name)
    others = databases - {POSTGRES, ANY}
    shared = any(set(group) & others and len(group) > 1 for group in bases.values())
    if not (POSTGRES in databases or len(others) > 1 or shared):
        return listing, ()
    files: dict[str, DirectoryEntry] = {name: entry for name, entry in listing.files.items() if name not in named}
    skipped: list[str] = []
    for group in bases.values():
        # A word for any database counts like no word.
        chosen = next((group[database] for database in (POSTGRES, ANY, None) if database in group), None)
        skipped += [name for name in group.values() if name != chosen]
        if chosen is not None:
            base = named[chosen][1]
            # Without a direction the history contains the whole name, so it stays.
            kept = base if base.lower().endswith((".up.sql", ".down.sql")) else chosen
            files[kept] = replace(listing.files[chosen], name=kept)
    kept_files = dict(sorted(files.items(), key=lambda item: item[0].encode("utf-8", "replace")))
    return replace(listing, files=kept_files), _note(listing, skipped)


def _note(listing: DirectoryListing, skipped: list[str]) -> tuple[Remark, ...]:
    if not skipped:
        return ()
    databases = sorted({database or "any database" for database, _ in map(database_of_name, skipped)})
    files = count_text(len(skipped), "file")
    message = f"{files} for {', '.join(databases)} beside those for PostgreSQL were skipped ({sorted(skipped)[0]} …)"
    return (Remark("other-database", Source(listing.path, ""), Span(0, 0), message, quiet=True),)
