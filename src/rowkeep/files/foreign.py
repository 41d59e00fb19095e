"""Another tool's directory -> the same migrations as files of our own, read back before one is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rowkeep.domain.imported import HEAD
from rowkeep.domain.migration import Directory, Language, Migration, Remark, Section
from rowkeep.domain.source import Source
from rowkeep.errors import Bug, Misused, Refused, Remains
from rowkeep.files.layouts.node_pg_migrate import NAME
from rowkeep.files.layouts.node_pg_migrate import read as read_own
from rowkeep.files.listing import Entry, Listing, names_in
from rowkeep.files.write import make_directory, write_new

OUTSIDE = "-- rowkeep: no-transaction\n"
UP, DOWN = "-- Up Migration\n", "-- Down Migration\n"

STUB = """DO $rowkeep$ BEGIN
    RAISE EXCEPTION '% was not SQL: write here what it did', {};
END $rowkeep$;
"""
"""Where a migration was written in Go or JavaScript: a new database stops here until somebody says it in SQL."""

_MARKER = re.compile(r"--[ \t]*(?:\+goose[ \t]+(?:up|down)|migrate:(?:up|down))\b[^\r\n]*(?:\r?\n|$)", re.IGNORECASE)
_VERSION = re.compile(r"^[VR]?(?P<version>[0-9][0-9._-]*?)?_+(?P<rest>.*)$")


@dataclass(frozen=True, slots=True)
class Copied:
    """One migration of the old tool as a file of ours. stub: it was not SQL, and nothing stands in it yet."""

    origin: str
    file: str
    text: str
    up: str
    down: str | None
    stub: bool = False


def converted(directory: Directory) -> tuple[Copied, ...]:
    """The migrations of `directory` as files in our own layout, in the same order.

    Raises Misused where there is nothing to convert, Refused (with the place) where a text would not be the same.
    """
    if directory.layout in (NAME, "plain"):
        raise Misused(
            f"{directory.path} has the layout of {directory.layout}: it needs no import",
            where=directory.path,
            instead=(f"rowkeep init --migrations-dir {directory.path}", "rowkeep import DIR --from TOOL"),
        )
    for remark in (*directory.obstacles, *(one for each in directory.migrations for one in _doubts(each))):
        raise Refused(
            remark.message, where=remark.source.place(remark.span.start), excerpt=remark.source.excerpt(remark.span)
        )
    kept = _copies(directory, _by_version(directory.migrations))
    if not _same_order(kept):
        kept = _copies(directory, _by_turn(directory.migrations))
    _read_back(kept)
    return kept


def write(path: str, copies: Sequence[Copied]) -> None:
    """Write all of them into the directory `path`. Raises Misused where one is there already, or the disk refuses."""
    make_directory(path)
    taken = set(names_in(path))
    for copy in copies:
        if copy.file in taken:
            raise Misused(
                f"{path}/{copy.file} is there already", where=path, instead=("import into an empty directory",)
            )
    for copy in copies:
        if not write_new(f"{path}/{copy.file}", copy.text.encode()):
            raise Misused(f"{path}/{copy.file} came in between", where=path)


def _doubts(migration: Migration) -> tuple[Remark, ...]:
    """What forbids to carry a text over as it stands: the old tool would have changed it before running it."""
    return tuple(one for one in migration.remarks if one.fatal or one.kind == "substitution")


def _by_version(migrations: Sequence[Migration]) -> Iterator[str]:
    """Names with the old number in front, digits only."""
    for migration in migrations:
        found = _VERSION.match(migration.name)
        version = re.sub(r"\D", "", found["version"] or "") if found else ""
        yield f"{version}_{found['rest']}" if found and version else migration.name


def _by_turn(migrations: Sequence[Migration]) -> Iterator[str]:
    """Names with a number of our own, where the old ones do not sort as numbers do."""
    width = max(4, len(str(len(migrations))))
    for number, migration in enumerate(migrations, 1):
        found = _VERSION.match(migration.name)
        yield f"{number:0{width}}_{found['rest'] if found and found['rest'] else migration.name}"


def _copies(directory: Directory, names: Iterator[str]) -> tuple[Copied, ...]:
    return tuple(_copy(directory.layout, each, name) for each, name in zip(directory.migrations, names, strict=True))


def _copy(tool: str, migration: Migration, name: str) -> Copied:
    stub = migration.language is not Language.SQL
    if stub:
        quoted = "'" + migration.name.replace("'", "''") + "'"
        up, down = UP + STUB.format(quoted), None
    else:
        up = UP + _body(migration.up)
        down = None if migration.down is None else DOWN + _body(migration.down)
    blank = "" if down is None else "\n"
    head = f"{HEAD}{tool}: {migration.name}\n"
    return Copied(migration.name, f"{name}.sql", f"{head}{up}{blank}{down or ''}", f"{up}{blank}", down, stub)


def _body(section: Section) -> str:
    text = section.text
    marker = _MARKER.match(text)
    if marker:
        text = text[marker.end() :]
    line = "" if text.endswith("\n") or not text else "\n"
    return f"{OUTSIDE if section.transaction is False else ''}{text}{line}"


def _read(copies: Sequence[Copied]) -> tuple[Migration, ...]:
    files = {copy.file: Entry(copy.file, Source(copy.file, copy.text)) for copy in copies}
    return read_own(Listing(".", files, {})).migrations


def _same_order(copies: Sequence[Copied]) -> bool:
    """Whether our reader, which is node-pg-migrate's, takes them in the same order, each under a name of its own."""
    found = _read(copies)
    if [f"{each.name}.sql" for each in found] != [copy.file for copy in copies]:
        return False
    return not any(one.kind in ("impossible-date", "no-prefix") for each in found for one in each.obstacles)


def _told(section: Section | None) -> str:
    """The text of a part; blank lines before a marker belong to the part behind it."""
    return "" if section is None else section.text.strip()


def _read_back(copies: Sequence[Copied]) -> None:
    """What is written is read as what was meant. Raises Refused where a text cuts itself in two."""
    found = _read(copies)
    if len(found) != len(copies):
        raise Bug("an import that would not be read back whole", remains=Remains.UNCHANGED)
    for copy, migration in zip(copies, found, strict=True):
        for remark in migration.obstacles:
            raise Refused(
                f"{copy.origin} cannot be carried over: {remark.message}",
                where=remark.source.place(remark.span.start),
                excerpt=remark.source.excerpt(remark.span),
                instead=("change that comment in the old file, and import again",),
            )
        if (_told(migration.up), _told(migration.down)) != (copy.up.strip(), (copy.down or "").strip()):
            raise Refused(
                f"{copy.origin} cannot be carried over: something in it reads as a marker of ours",
                instead=("look for `-- up migration` or `-- down migration` in the old file",),
            )
