"""Reads the contents of a directory once. The only module that reads migrations from the disk."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.migration import Remark
from rowkeep.domain.source import Source, Span
from rowkeep.errors import Misused
from rowkeep.files.filesystem.pattern import Pattern, pattern
from rowkeep.files.filesystem.regular import OpenFolder, project_root, read_in_folder, read_regular, real_path
from rowkeep.lint_cache.inputs import list_directory, record_stands, spoil_recording

_TEXTS = {
    *(".sql", ".py", ".js", ".ts", ".cjs", ".mjs", ".cts", ".mts", ".go"),
    *(".toml", ".json", ".conf", ".plan", ".xml", ".yaml", ".yml"),
}


BESIDE = ("Cargo.toml", "config.toml", "seed.sql", "sqitch.plan")
"""Names in the directory above that tell whose migrations these are."""


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """A file as text. remarks: what is wrong with its bytes (a BOM, not UTF-8, unreadable)."""

    name: str
    source: Source
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class DirectoryListing:
    """A directory. path: as the user wrote it; files by name in byte order; folders likewise, one level deep.

    beside: which of BESIDE lie in the directory above (a `Cargo.toml` tells whose migrations these are).
    ignore: what names are left out, as a regular expression.
    """

    path: str
    files: Mapping[str, DirectoryEntry]
    folders: Mapping[str, Mapping[str, DirectoryEntry]]
    beside: frozenset[str] = frozenset()
    ignore: str = r"\..*"

    @property
    def scripts(self) -> Mapping[str, DirectoryEntry]:
        """The files that end in `.sql`."""
        return {name: entry for name, entry in self.files.items() if name.lower().endswith(".sql")}


def decode_text(path: str, name: str, data: bytes) -> DirectoryEntry:
    """The text of a file: UTF-8, without byte-order mark, line ends kept. Other files get a fatal remark."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        source = Source(path, data.decode("utf-16", errors="replace"))
        remark = Remark("not-utf-8", source, Span(0, 1), "the file is UTF-16; PostgreSQL needs UTF-8", fatal=True)
        return DirectoryEntry(name, source, (remark,))
    remarks: list[Remark] = []
    body = data.removeprefix(b"\xef\xbb\xbf")
    try:
        source = Source(path, body.decode("utf-8"))
    except UnicodeDecodeError as error:
        source = Source(path, body.decode("utf-8", errors="replace"))
        at = len(body[: error.start].decode("utf-8"))
        message = f"byte 0x{body[error.start]:02x} is not UTF-8"
        remarks.append(Remark("not-utf-8", source, Span(at, at + 1), message, fatal=True))
    if len(body) != len(data):
        message = "the file starts with a byte-order mark, which is ignored (node-pg-migrate sends it: a syntax error)"
        remarks.append(Remark("byte-order-mark", source, Span(0, 0), message))
    if "\0" in source.text:
        at = source.text.index("\0")
        message = "a NUL character, which PostgreSQL text cannot contain"
        remarks.append(Remark("nul-character", source, Span(at, at + 1), message, fatal=True))
    return DirectoryEntry(name, source, tuple(remarks))


def file_extension(name: str) -> str:
    """The last extension with its dot, like Node's `extname`, or ''."""
    stem, dot, last = name.rpartition(".")
    return dot + last if stem else ""


def _entry(directory: str, name: str, root: Path | None = None, folder: OpenFolder | None = None) -> DirectoryEntry:
    """The file `name` of `directory`. folder: the same directory, open; root: the project around it."""
    path = f"{directory}/{name}" if directory != "." else name
    if file_extension(name).lower() not in _TEXTS:
        # There may be huge dumps here; only files that can be migrations are read.
        return DirectoryEntry(name, Source(path, ""))
    try:
        data = read_in_folder(folder, name, path) if folder is not None else None
        if data is None:
            data = read_regular(Path(directory, name), within=root or project_root(Path(directory)))
        return decode_text(path, name, data)
    except OSError as error:
        source = Source(path, "")
        message = f"cannot be read: {error.strerror}"
        return DirectoryEntry(name, source, (Remark("unreadable-file", source, Span(0, 0), message, fatal=True),))


def _names(directory: str) -> tuple[list[str], list[str]]:
    """Names of files (all that is no directory, links too, as in node-pg-migrate) and of folders, in byte order."""
    entries = list_directory(directory)
    return [name for name, letter in entries if letter != "d"], [name for name, letter in entries if letter == "d"]


def list_names(directory: str) -> list[str]:
    """The names of the files in `directory`; none if it cannot be read."""
    try:
        return _names(directory)[0]
    except OSError:
        spoil_recording()
        return []


def read_listing(directory: str, ignore: str = r"\..*") -> DirectoryListing:
    """Read the files of `directory` and of its folders; names that `ignore` matches as a whole are left out.

    Raises Misused where the directory is missing or unreadable, or `ignore` is no regular expression.
    """
    path = Path(directory).as_posix()
    left_out = pattern(ignore, "ignore-pattern")
    try:
        files, folders = _names(path)
        within = {folder: _names(f"{path}/{folder}")[0] for folder in folders if not left_out.fullmatch(folder)}
    except FileNotFoundError:
        raise Misused(
            "the migrations directory does not exist",
            code=ErrorCode.MIGRATIONS_DIRECTORY_NOT_FOUND,
            where=path,
            instead=("rowkeep init", "rowkeep … --migrations-dir DIR"),
        ) from None
    except NotADirectoryError:
        raise Misused("the migrations path is not a directory", code=ErrorCode.FILE_NOT_READABLE, where=path) from None
    except OSError as error:
        raise Misused(
            "cannot read the migrations directory",
            code=ErrorCode.FILE_NOT_READABLE,
            where=path,
            why=error.strerror,
        ) from None
    root = project_root(Path(path))
    with _open_folder(str(real_path(Path(path)))) as top:
        entries = _entries(path, files, left_out, root, top)
        inner: dict[str, Mapping[str, DirectoryEntry]] = {}
        for folder, names in within.items():
            with _open_folder(folder, top) as opened:
                place = folder if path == "." else f"{path}/{folder}"
                inner[folder] = _entries(place, names, left_out, root, opened)
    return DirectoryListing(path=path, files=entries, folders=inner, beside=_beside(path), ignore=ignore)


@contextmanager
def _open_folder(name: str, top: OpenFolder | None = None) -> Iterator[OpenFolder | None]:
    """The directory, open; None if it is a symbolic link or cannot be opened. top: the open directory it lies in."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(name, flags, dir_fd=top.descriptor if top is not None else None)
    except OSError:
        yield None
        return
    try:
        yield OpenFolder(descriptor, f"{top.real.rstrip('/')}/{name}" if top is not None else name)
    finally:
        os.close(descriptor)


def _entries(
    directory: str, names: list[str], left_out: Pattern | re.Pattern[str], root: Path, folder: OpenFolder | None
) -> dict[str, DirectoryEntry]:
    """The files of a directory, except those that `left_out` matches as a whole."""
    return {name: _entry(directory, name, root, folder) for name in names if not left_out.fullmatch(name)}


def entry_at(directory: str, path: str) -> DirectoryEntry:
    """A file deeper down: `path` from `directory` on. Its name is the last part of the path."""
    folder, _, name = path.rpartition("/")
    if not folder:
        return _entry(directory, name)
    return _entry(folder if directory == "." else f"{directory}/{folder}", name)


def _beside(path: str) -> frozenset[str]:
    above = real_path(Path(path)).parent
    names = []
    for name in BESIDE:
        place = str(above / name)
        stands = os.path.lexists(place)
        record_stands(place, stands)
        if stands:
            names.append(name)
    return frozenset(names)
