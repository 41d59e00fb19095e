"""Converts the directory of another tool into files in our layout, and reads them back before writing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.history.imported import HEAD
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Directory, Language, Migration, Remark, Section
from rowkeep.domain.source import Source
from rowkeep.errors import Bug, Misused, Refused, Remains
from rowkeep.files.filesystem.listing import DirectoryEntry, DirectoryListing, file_extension, list_names
from rowkeep.files.filesystem.write import make_directory, write_new
from rowkeep.files.layouts.node_pg_migrate import NAME
from rowkeep.files.layouts.node_pg_migrate import read as read_own

OUTSIDE = "-- rowkeep: no-transaction\n"
UP, DOWN = "-- Up Migration\n", "-- Down Migration\n"

STUB = """DO $rowkeep$ BEGIN
    RAISE EXCEPTION '% is not SQL: write it in SQL here', {};
END $rowkeep$;
"""
"""The SQL for a migration in Go or JavaScript: it fails until somebody writes the migration in SQL."""

CODE = frozenset({".sql", ".go", ".js", ".ts", ".cjs", ".mjs", ".py", ".rb", ".php", ".ex", ".exs"})
"""Extensions of files that may be migrations: skipped ones are listed."""

_MARKER = compile_later(
    r"--[ \t]*(?:\+goose[ \t]+(?:up|down)|migrate:(?:up|down))\b[^\r\n]*(?:\r?\n|$)", re.IGNORECASE
)
_VERSION = compile_later(r"^[VR]?(?P<version>[0-9][0-9._-]*?)?_+(?P<rest>.*)$")


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """One migration of the old tool as a file in our layout. stub: it is not SQL and must still be written."""

    origin: str
    file: str
    text: str
    up: str
    down: str | None
    stub: bool = False


LEFT_OUT = frozenset({"not-in-journal", "not-in-plan", "down-only", "baseline-file", "other-database", "unknown-file"})
"""Remarks on files that the old tool ignores: the import skips and lists them."""


@dataclass(frozen=True, slots=True)
class Import:
    """The files to write, and the skipped files of the old directory: (path, why)."""

    copies: tuple[ImportedFile, ...]
    left_out: tuple[tuple[str, str], ...] = ()


def convert_directory(directory: Directory, leave_out: Collection[str] = (), *, named: bool = False) -> Import:
    """The migrations of `directory` as files in our own layout, in the same order.

    leave_out: names of files or migrations to skip. named: the user named the layout, so ambiguous files are read as
    that tool does. Raises Misused if there is nothing to convert, Refused (with the place and the next step) if a text
    would change or a file would be lost silently.
    """
    _require_importable(directory)
    unknown = [name for name in leave_out if not any(_is_named(name, path) for path in _paths(directory))]
    if unknown:
        raise Misused(
            f"--leave-out {unknown[0]}: there is no such file", code=ErrorCode.FILE_NOT_FOUND, where=directory.path
        )
    left_out: list[tuple[str, str]] = []
    for remark in directory.remarks:
        path = remark.source.path
        passed = remark.kind in LEFT_OUT or (named and remark.kind == "plain-among-pairs")
        if any(_is_named(name, path) for name in leave_out):
            left_out.append((path, "--leave-out"))
        elif passed:
            if remark.kind != "unknown-file" or file_extension(path).lower() in CODE:
                left_out.append((path, remark.message))
        elif remark.fatal:
            raise _import_error(remark, directory)
    for migration in directory.migrations:
        if any(_is_named(name, path) for name in leave_out for path in (*_files(migration), migration.name)):
            left_out += [(path, "--leave-out") for path in _files(migration)]
            continue
        for doubt in _find_obstacles(migration):
            raise _import_error(doubt, directory)
    wanted = tuple(
        migration
        for migration in directory.migrations
        if not any(_is_named(name, path) for name in leave_out for path in (*_files(migration), migration.name))
    )
    if not wanted:
        raise Misused(
            f"no migration in {directory.path} that can be imported",
            code=ErrorCode.NO_MIGRATIONS,
            where=directory.path,
        )
    kept = _copies(directory.layout, wanted, _by_version(wanted))
    if not _same_order(kept):
        kept = _copies(directory.layout, wanted, _by_position(wanted))
    _read_back(kept)
    return Import(kept, tuple(left_out))


def _require_importable(directory: Directory) -> None:
    for remark in directory.remarks:
        if remark.kind in ("nested-folder", "template-file"):
            raise Refused(
                f"{len(directory.unread)} SQL files would not be imported: {remark.message}",
                code=ErrorCode.IMPORT_NOT_POSSIBLE,
                where=remark.source.path,
                instead=(
                    f"rowkeep import {remark.source.path} --migrations-dir NEW   (if these are the migrations)",
                    "ignore-pattern in rowkeep.toml ignores a folder by its name",
                ),
            )
    if directory.layout not in (NAME, "plain"):
        return
    for migration in directory.migrations:
        for remark in migration.obstacles:
            if remark.kind == "down-file":
                raise _import_error(remark, directory)
    raise Misused(
        f"{directory.path} has the layout of {directory.layout}: it needs no import",
        code=ErrorCode.IMPORT_NOT_POSSIBLE,
        where=directory.path,
        instead=(f"rowkeep init --migrations-dir {directory.path}", "rowkeep import DIR --from TOOL"),
    )


_STEPS = {
    "plain-among-pairs": ("rowkeep import {path} --from sqlx   (it runs such files)",),
    "down-file": ("rowkeep import {path} --from pairs   (up and down parts in two files)",),
    "substitution": ("insert the values that the tool would insert, in a copy of the file",),
    "template": ("fill in the templates and import the output",),
    "journal-unreadable": ("restore the journal (git log)",),
    "file-missing": ("restore the file (git log --diff-filter=D --name-only)",),
    "duplicate-name": ("give one of them another number",),
}


def _import_error(remark: Remark, directory: Directory) -> Refused:
    """The error for a remark that stops the import, with the next steps."""
    name = remark.source.path.rpartition("/")[2]
    steps = [step.format(path=directory.path) for step in _STEPS.get(remark.kind, ("fix the file",))]
    if (
        any(remark.source.path in (*_files(migration),) for migration in directory.migrations)
        or remark.kind in LEAVABLE
    ):
        steps.append(f"rowkeep import {directory.path} --leave-out {name}")
    return Refused(
        remark.message,
        code=ErrorCode.IMPORT_NOT_POSSIBLE,
        where=remark.source.place(remark.span.start),
        excerpt=remark.source.excerpt(remark.span) if remark.source.text else None,
        instead=tuple(steps),
    )


LEAVABLE = frozenset({"plain-among-pairs", "duplicate-name"})


def _is_named(name: str, path: str) -> bool:
    """Whether `name` names this file: its path, the end of its path, or its name without `.sql`."""
    return path == name or path.endswith(f"/{name}") or path.rpartition("/")[2] in (f"{name}.sql", name)


def _files(migration: Migration) -> tuple[str, ...]:
    parts = (migration.up, migration.down)
    return tuple(dict.fromkeys((migration.path, *(part.source.path for part in parts if part is not None))))


def _paths(directory: Directory) -> Iterator[str]:
    for migration in directory.migrations:
        yield from (*_files(migration), migration.name)
    yield from (remark.source.path for remark in directory.remarks)


def write_imported(path: str, copies: Sequence[ImportedFile]) -> None:
    """Write all files into the directory `path`. Raises Misused if one exists or cannot be written."""
    make_directory(path)
    taken = set(list_names(path))
    for copy in copies:
        if copy.file in taken:
            raise Misused(
                f"{path}/{copy.file} already exists",
                code=ErrorCode.FILE_EXISTS,
                where=path,
                instead=("rowkeep import DIR --migrations-dir NEW   (a directory without migrations)",),
            )
    for copy in copies:
        if not write_new(f"{path}/{copy.file}", copy.text.encode()):
            raise Misused(
                f"{path}/{copy.file} appeared while the import was running", code=ErrorCode.FILE_EXISTS, where=path
            )


def _find_obstacles(migration: Migration) -> tuple[Remark, ...]:
    """Remarks that prevent an unchanged copy: the old tool would change the text before it runs it."""
    return tuple(remark for remark in migration.remarks if remark.fatal or remark.kind in ("substitution", "template"))


def _by_version(migrations: Sequence[Migration]) -> Iterator[str]:
    """Names that start with the old number, digits only."""
    for migration in migrations:
        found = _VERSION.match(migration.name)
        version = re.sub(r"\D", "", found["version"] or "") if found else ""
        yield f"{version}_{found['rest']}" if found and version else migration.name


def _by_position(migrations: Sequence[Migration]) -> Iterator[str]:
    """Names with new numbers, for old numbers that do not sort numerically."""
    width = max(4, len(str(len(migrations))))
    for number, migration in enumerate(migrations, 1):
        found = _VERSION.match(migration.name)
        yield f"{number:0{width}}_{found['rest'] if found and found['rest'] else migration.name}"


def _copies(layout: str, migrations: Sequence[Migration], names: Iterator[str]) -> tuple[ImportedFile, ...]:
    return tuple(_copy(layout, each, name) for each, name in zip(migrations, names, strict=True))


def _copy(tool: str, migration: Migration, name: str) -> ImportedFile:
    stub = migration.language is not Language.SQL
    if stub:
        quoted = "'" + migration.name.replace("'", "''") + "'"
        up, down = UP + STUB.format(quoted), None
    else:
        up = UP + _body(migration.up)
        down = None if migration.down is None else DOWN + _body(migration.down)
    blank = "" if down is None else "\n"
    head = f"{HEAD}{tool}: {migration.name}\n"
    return ImportedFile(migration.name, f"{name}.sql", f"{head}{up}{blank}{down or ''}", f"{up}{blank}", down, stub)


def _body(section: Section) -> str:
    text = section.text
    marker = _MARKER.match(text)
    if marker:
        text = text[marker.end() :]
    line = "" if text.endswith("\n") or not text else "\n"
    return f"{OUTSIDE if section.transaction is False else ''}{text}{line}"


def _read(copies: Sequence[ImportedFile]) -> tuple[Migration, ...]:
    files = {copy.file: DirectoryEntry(copy.file, Source(copy.file, copy.text)) for copy in copies}
    return read_own(DirectoryListing(".", files, {})).migrations


def _same_order(copies: Sequence[ImportedFile]) -> bool:
    """Whether our layout keeps the order, with unique names."""
    migrations = _read(copies)
    if [f"{migration.name}.sql" for migration in migrations] != [copy.file for copy in copies]:
        return False
    return not any(
        remark.kind in ("impossible-date", "no-prefix") for migration in migrations for remark in migration.obstacles
    )


def _part_text(section: Section | None) -> str:
    """The text of a part, without the blank lines before the next marker."""
    return "" if section is None else section.text.strip()


def _read_back(copies: Sequence[ImportedFile]) -> None:
    """Check that the files will be read back unchanged. Raises Refused if a text contains a marker."""
    found = _read(copies)
    if len(found) != len(copies):
        raise Bug("the imported files would not be read back completely", remains=Remains.UNCHANGED)
    for copy, migration in zip(copies, found, strict=True):
        for remark in migration.obstacles:
            raise Refused(
                f"{copy.origin} cannot be imported unchanged: {remark.message}",
                code=ErrorCode.IMPORT_NOT_POSSIBLE,
                where=remark.source.place(remark.span.start),
                excerpt=remark.source.excerpt(remark.span),
                instead=("change that comment in the old file and import again",),
            )
        if (_part_text(migration.up), _part_text(migration.down)) != (copy.up.strip(), (copy.down or "").strip()):
            raise Refused(
                f"{copy.origin} cannot be imported unchanged: something in it looks like a Rowkeep marker",
                code=ErrorCode.IMPORT_NOT_POSSIBLE,
                instead=("look for `-- up migration` or `-- down migration` in the old file",),
            )
