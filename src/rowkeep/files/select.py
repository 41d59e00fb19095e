"""Migrations by the paths that a user names: directories, or single files within theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from rowkeep.domain.migration import Directory, Migration
from rowkeep.errors import Misused
from rowkeep.files import read_directory, read_entry, read_file, read_with

IN_FOLDERS = ("up.sql", "down.sql", "migration.sql")
"""Files whose migration is the folder they lie in."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A directory, read whole so that what stands before a migration is known, and the migrations that were named."""

    directory: Directory
    chosen: tuple[Migration, ...]


def select(paths: Sequence[str], layout: str = "auto", ignore: str = r"\..*") -> tuple[Selection, ...]:
    """What `paths` name, one Selection a directory, in the order in which the paths first name it.

    A file that is no migration of its directory is read by itself. Raises Misused where a path does not exist.
    """
    directories: dict[str, Directory] = {}
    wanted: dict[str, set[str] | None] = {}
    alone: list[Selection] = []
    for path in (PurePosixPath(path).as_posix() for path in paths):
        if Path(path).is_dir():
            directories.setdefault(path, read_directory(path, layout, ignore))
            wanted[path] = None
            continue
        home = _home(path)
        if home not in directories:
            directories[home] = read_directory(home, layout, ignore) if Path(path).is_file() else _missing(path)
        if not any(path in _files(migration) for migration in directories[home].migrations):
            alone.append(_alone(path, layout))
        elif wanted.setdefault(home, set()) is not None:
            wanted[home] = {*(wanted[home] or ()), path}
    found = (_selection(directories[home], files) for home, files in wanted.items())
    return (*found, *alone)


def from_pipe(path: str, data: bytes, layout: str = "auto", ignore: str = r"\..*") -> Selection:
    """A text from stdin that is called `path`: what Alembic or Django print, a file of a directory, or one by itself.

    Where `path` lies in a directory of migrations it stands there in place of the file, so that an editor's unsaved
    text is judged in the light of what stands before it.
    """
    from rowkeep.files.listing import decoded
    from rowkeep.files.piped import printed

    entry = decoded(path, PurePosixPath(path).name, data)
    told = printed(entry.source)
    if told is not None:
        first, *rest = told.migrations
        migrations = (replace(first, remarks=entry.remarks), *rest)
        return Selection(replace(told, migrations=migrations), migrations)
    home = PurePosixPath(path).parent.as_posix()
    if entry.name.endswith(".sql") and Path(home).is_dir():
        directory = read_with(home, entry, layout, ignore)
        chosen = tuple(item for item in directory.migrations if path in _files(item))
        if chosen:
            return Selection(directory, chosen)
    migration = read_entry(entry, layout)
    return Selection(Directory(path, migration.layout, (migration,)), (migration,))


def _home(path: str) -> str:
    """The directory of the migrations that a file belongs to."""
    here = PurePosixPath(path)
    folder = here.parent.parent if here.name in IN_FOLDERS and len(here.parents) > 1 else here.parent
    return folder.as_posix()


def _files(migration: Migration) -> tuple[str, ...]:
    parts = (migration.up, migration.down)
    return tuple(part.source.path for part in parts if part is not None)


def _selection(directory: Directory, files: set[str] | None) -> Selection:
    if files is None:
        return Selection(directory, directory.migrations)
    chosen = tuple(item for item in directory.migrations if files.intersection(_files(item)))
    return Selection(directory, chosen)


def _alone(path: str, layout: str) -> Selection:
    chosen = (read_file(path, layout),)
    return Selection(Directory(path, chosen[0].layout, chosen), chosen)


def _missing(path: str) -> Directory:
    raise Misused("there is no such file or directory", where=path)
