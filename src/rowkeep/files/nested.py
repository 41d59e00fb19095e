"""SQL files in folders that a layout does not read: counted and reported, so that nobody thinks they were linted."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator

from rowkeep.domain.count import count_text
from rowkeep.domain.frozen import replace
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Directory, Remark
from rowkeep.domain.source import Source, Span
from rowkeep.files.filename import OTHER_DATABASES, POSTGRES, is_sql
from rowkeep.files.filesystem.listing import DirectoryListing
from rowkeep.files.filesystem.pattern import pattern
from rowkeep.lint_cache.inputs import list_directory, spoil_recording

MOST = 100_000
"""Maximum number of entries that are searched; more than any project has."""

DEEPEST = 50
"""Maximum depth of folders that are searched."""

SKIPPED = frozenset({"node_modules", "__pycache__", "target", "vendor"})
OPERATIONS = "ops.json"
"""A migration of Prisma 8 (Prisma Next): its statements, as JSON."""

_TEMPLATE = compile_later(
    r"\.sql\.(?:tmpl|tpl|gotmpl|gotpl|template|j2|jinja2?|erb|ejs|hbs|mustache|in)$|\.(?:tmpl|tpl)\.sql$",
    re.IGNORECASE,
)


def files_below(listing: DirectoryListing) -> Iterator[str]:
    """The relative paths of all SQL files and Prisma operations in the folders of the directory.

    Symbolic links are not followed, and ignored names are skipped.
    """
    left_out = pattern(listing.ignore, "ignore-pattern")
    seen = 0
    waiting = ["."]
    while waiting:
        folder = waiting.pop()
        try:
            entries = list_directory(listing.path if folder == "." else f"{listing.path}/{folder}")
        except OSError:
            spoil_recording()
            continue
        files = [name for name, letter in entries if letter in "fF"]
        kinds = {name: letter for name, letter in entries if letter in "dD"}
        folders = sorted(name for name in kinds if name not in SKIPPED and not left_out.fullmatch(name))
        yield from ((f"{folder}/{name}" if folder != "." else name) for name in folders if _is_named_migration(name))
        seen += len(files) + len(folders)
        if folder.count("/") >= DEEPEST or seen > MOST:
            # Not searched further: report that, instead of pretending that the folder is empty.
            folders.clear()
            yield f"{folder}/…"
            if seen > MOST:
                return
        inner = [name if folder == "." else f"{folder}/{name}" for name in folders if kinds[name] == "d"]
        waiting.extend(reversed(inner))
        if folder != ".":
            wanted = (name for name in sorted(files) if is_sql(name) or name == OPERATIONS or _TEMPLATE.search(name))
            yield from (f"{folder}/{name}" for name in wanted if not left_out.fullmatch(name))


def add_unread_remarks(directory: Directory, listing: DirectoryListing) -> Directory:
    """The directory with the unread files of its folders, and a remark for each folder.

    A file that another remark names (a script beside Prisma's `migration.sql`) is not counted again.
    """
    named = tuple(name for name in listing.folders if _is_named_migration(name))
    templates = [name for name in listing.files if not is_sql(name) and _TEMPLATE.search(name)]
    if not listing.folders and not templates:
        return directory
    start = "" if listing.path == "." else f"{listing.path}/"
    known = {os.path.normpath(path) for path in _known_names(directory)}
    asks = tuple(f"{remark.source.path}/" for remark in directory.remarks if remark.kind == "verify-script")
    unread = [
        path
        for path in files_below(listing)
        if os.path.normpath(start + path) not in known
        and not (start + path).startswith(asks)
        # A layout that reads folders, such as Prisma's, may have folders with any name.
        and not (_is_named_migration(path) and _is_read(os.path.normpath(start + path), known))
    ]
    if not unread and not templates:
        return directory
    # With order by name, or if nothing else is read, a run would silently skip these files.
    fatal = directory.layout == "plain" or not directory.migrations
    folders = Counter(path.partition("/")[0] for path in unread if path not in named)
    remarks = [_remark(f"{start}{folder}", folder, count, fatal) for folder, count in folders.items()]
    remarks += [_folder(start + name, name) for name in named if name in unread]
    kept = tuple(remark for remark in directory.remarks if remark.source.path not in {start + t for t in templates})
    return replace(
        directory,
        remarks=(*kept, *remarks, *(_template(start + name, name) for name in templates)),
        unread=tuple(start + path for path in (*unread, *templates)),
    )


def _is_named_migration(folder: str) -> bool:
    return is_sql(folder) or folder.lower().endswith(".py")


def _known_names(directory: Directory) -> Iterator[str]:
    for migration in directory.migrations:
        yield migration.path
        yield from (part.source.path for part in (migration.up, migration.down) if part is not None)
        yield from (include.source.path for include in migration.includes if include.source is not None)
    yield from (remark.source.path for remark in directory.remarks)


def _remark(path: str, folder: str, count: int, fatal: bool) -> Remark:
    files = count_text(count, "SQL file that was", "SQL files that were")
    word = folder.casefold()
    more = ": those of PostgreSQL" if word in POSTGRES else f": those of {folder}" if word in OTHER_DATABASES else ""
    message = f"the folder “{folder}” contains {files} not read{more}; this layout has no folders"
    return Remark("nested-folder", Source(path, ""), Span(0, 0), message, fatal)


def _is_read(path: str, known: set[str]) -> bool:
    """Whether a file in the folder `path` is read."""
    return any(name.startswith(f"{path}/") for name in known)


def _folder(path: str, name: str) -> Remark:
    message = f"{name} is a folder with the name of a migration: nothing in it is read"
    return Remark("nested-folder", Source(path, ""), Span(0, 0), message, fatal=True)


def _template(path: str, name: str) -> Remark:
    message = f"{name} is a template, not SQL: not read"
    return Remark("template-file", Source(path, ""), Span(0, 0), message)
