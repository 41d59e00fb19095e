"""Selects migrations by paths: directories or single files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol

from rowkeep import files
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass, replace
from rowkeep.domain.migration import Directory, Migration
from rowkeep.errors import Misused
from rowkeep.files import read_entry, read_file
from rowkeep.files.filesystem.regular import real_path

if TYPE_CHECKING:
    from rowkeep.files.filesystem.listing import DirectoryEntry

IN_FOLDERS = ("up.sql", "down.sql", "migration.sql")
"""Files that belong to one migration per folder."""


class DirectoryReader(Protocol):
    """Who reads directories: the package `files`, or a `DirectoryMemory`."""

    def read_directory(self, path: str, layout: str = ..., ignore: str = ...) -> Directory: ...

    def read_with(self, path: str, entry: DirectoryEntry, layout: str = ..., ignore: str = ...) -> Directory: ...


@dataclass(frozen=True, slots=True)
class Selection:
    """A directory, read completely so that earlier migrations are known, and the selected migrations."""

    directory: Directory
    chosen: tuple[Migration, ...]


def select_migrations(
    paths: Sequence[str],
    layout: str = "auto",
    ignore: str = r"\..*",
    home: str | None = None,
    reader: DirectoryReader = files,
) -> tuple[Selection, ...]:
    """The migrations of `paths`, one Selection per directory, in the order of the paths.

    A file that is not a migration of its directory is read by itself. Outside the project's own directory `home`, so
    are files without a number, and all files of a `plain` directory. Raises Misused if a path does not exist.
    """
    directories: dict[str, Directory] = {}
    files_by_directory: dict[str, set[str] | None] = {}
    alone: list[Selection] = []
    for path in (PurePosixPath(path).as_posix() for path in paths):
        if Path(path).is_dir():
            directory = directories.setdefault(path, reader.read_directory(path, layout, ignore))
            if _is_ordered(directory, home):
                files_by_directory[path] = None
            else:
                alone.extend(_alone(migration.path, layout) for migration in directory.migrations)
                if directory.remarks:
                    # Remarks on other files are still reported.
                    alone.append(Selection(replace(directory, migrations=()), ()))
            continue
        where = _home(path)
        if where not in directories:
            if not Path(path).is_file():
                raise _missing(path)
            directories[where] = reader.read_directory(where, layout, ignore)
        if not _has_place(path, directories[where], home):
            alone.append(_alone(path, layout))
        elif files_by_directory.setdefault(where, set()) is not None:
            files_by_directory[where] = {*(files_by_directory[where] or ()), path}
    selections = (_selection(directories[where], chosen) for where, chosen in files_by_directory.items())
    return (*selections, *alone)


def select_from_pipe(
    path: str,
    data: bytes,
    layout: str = "auto",
    ignore: str = r"\..*",
    home: str | None = None,
    reader: DirectoryReader = files,
) -> Selection:
    """Text from stdin with the name `path`: output of Alembic or Django, a file of a directory, or a single file.

    If `path` is in a migrations directory, the text replaces that file, so that unsaved text of an editor is linted
    together with the earlier migrations.
    """
    from rowkeep.files.filesystem.listing import decode_text
    from rowkeep.files.piped_input import read_printed

    entry = decode_text(path, PurePosixPath(path).name, data)
    printed = read_printed(entry.source)
    if printed is not None:
        first, *rest = printed.migrations
        migrations = (replace(first, remarks=entry.remarks), *rest)
        return Selection(replace(printed, migrations=migrations), migrations)
    where = PurePosixPath(path).parent.as_posix()
    # The bare name of a missing file is no reason to read the current directory.
    named = "/" in path or Path(path).is_file()
    if named and entry.name.endswith((".sql", ".py")) and Path(where).is_dir():
        directory = reader.read_with(where, entry, layout, ignore)
        if _has_place(path, directory, home):
            return _selection(directory, {path})
    migration = read_entry(entry, layout)
    return Selection(Directory(path, migration.layout, (migration,)), (migration,))


def _home(path: str) -> str:
    """The directory of the migrations that a file belongs to."""
    here = PurePosixPath(path)
    folder = here.parent.parent if here.name in IN_FOLDERS and len(here.parents) > 1 else here.parent
    return folder.as_posix()


def _is_ordered(directory: Directory, home: str | None) -> bool:
    """Whether its files are one history, so that earlier files ran before later ones."""
    return directory.layout != "plain" or _is_home(directory, home)


def _is_home(directory: Directory, home: str | None) -> bool:
    return home is not None and real_path(Path(directory.path)) == real_path(Path(home))


def _has_place(path: str, directory: Directory, home: str | None) -> bool:
    """Whether a file is a migration of its directory, with a place in the order."""
    named = [migration for migration in directory.migrations if path in _files(migration)]
    if not named or not _is_ordered(directory, home):
        return False
    return _is_home(directory, home) or all(
        remark.kind != "no-prefix" for migration in named for remark in migration.remarks
    )


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


def _missing(path: str) -> Misused:
    return Misused("there is no such file or directory", code=ErrorCode.FILE_NOT_FOUND, where=path)
