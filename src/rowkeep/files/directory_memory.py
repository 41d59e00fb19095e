"""Reads directories again and again: a file that has not changed is not decoded or divided again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rowkeep.domain.frozen import dataclass, replace
from rowkeep.domain.migration import Directory
from rowkeep.files.filesystem.listing import DirectoryEntry, DirectoryListing, decode_text, read_listing
from rowkeep.files.read_migrations import read_migrations
from rowkeep.lint_cache.inputs import FILE, Recording, Unlike, look, start_recording, stop_recording


@dataclass(frozen=True, slots=True)
class RememberedDirectory:
    """A directory, its listing, and what was asked of the disk for either."""

    listing: DirectoryListing
    directory: Directory
    listed: Recording
    divided: Recording


class DirectoryMemory:
    """Reads as `files.read_directory` and `files.read_with` do, and remembers. Every file is read each time."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], RememberedDirectory] = {}

    def read_directory(self, path: str, layout: str = "auto", ignore: str = r"\..*") -> Directory:
        """The migrations of the directory `path`; those that have not changed are the same values as before."""
        return self._read(path, layout, ignore).directory

    def read_with(self, path: str, entry: DirectoryEntry, layout: str = "auto", ignore: str = r"\..*") -> Directory:
        """The same directory with `entry` added, or replacing the file with that name."""
        known = self._read(path, layout, ignore)
        files = {**known.listing.files, entry.name: entry}
        files = dict(sorted(files.items(), key=lambda item: item[0].encode("utf-8", "replace")))
        return keep_same(known.directory, read_migrations(replace(known.listing, files=files), layout))

    def _read(self, path: str, layout: str, ignore: str) -> RememberedDirectory:
        key = (str(Path.cwd()), path, layout, ignore)
        known = self._known.get(key)
        listing, listed = (None, None) if known is None else _list_again(known)
        if known is not None and listing is known.listing and not _differs(known.divided):
            return known
        if listing is None or listed is None:
            with recording() as listed:
                listing = read_listing(path, ignore)
        with recording() as divided:
            directory = read_migrations(listing, layout)
        if known is not None:
            directory = keep_same(known.directory, directory)
        fresh = RememberedDirectory(listing, directory, listed, divided)
        if listed.is_whole and divided.is_whole:
            self._known[key] = fresh
        else:
            self._known.pop(key, None)
        return fresh


def keep_same(old: Directory, new: Directory) -> Directory:
    """The new directory, where each migration that is equal to an old one is that one."""
    before = {migration.name: migration for migration in old.migrations}
    return replace(
        new,
        migrations=tuple(
            known if (known := before.get(migration.name)) == migration and known is not None else migration
            for migration in new.migrations
        ),
    )


def _list_again(known: RememberedDirectory) -> tuple[DirectoryListing | None, Recording | None]:
    """The listing as it is now, if nothing but the content of its own files has changed; None otherwise."""
    changed: dict[str, bytes] = {}
    for kind, path in known.listed.questions:
        try:
            answer = look(kind, path)
        except (OSError, Unlike):
            return None, None
        if not known.listed.is_answer(kind, path, answer):
            if kind != FILE:
                return None, None
            changed[path] = answer
    if not changed:
        return known.listing, known.listed
    listing, listed = known.listing, known.listed.copy()
    for path, content in changed.items():
        folder, name = _place(listing, path)
        entry = listing.files.get(name) if folder is None else listing.folders.get(folder, {}).get(name)
        if entry is None:
            return None, None
        entry = decode_text(entry.source.path, name, content)
        listed.change(FILE, path, content)
        if folder is None:
            listing = replace(listing, files={**listing.files, name: entry})
        else:
            inner = {**listing.folders[folder], name: entry}
            listing = replace(listing, folders={**listing.folders, folder: inner})
    return listing, listed


def _place(listing: DirectoryListing, path: str) -> tuple[str | None, str]:
    """The folder of the directory (None: the directory itself) and the name of a file."""
    within = path if listing.path == "." else path.removeprefix(f"{listing.path}/")
    folder, _, name = within.rpartition("/")
    return folder or None, name


def _differs(questions: Recording) -> bool:
    try:
        return any(not questions.is_answer(kind, path, look(kind, path)) for kind, path in questions.questions)
    except (OSError, Unlike):
        return True


@contextmanager
def recording() -> Iterator[Recording]:
    """Record what this thread asks the disk."""
    try:
        yield start_recording()
    finally:
        stop_recording()
