"""Sections of files, shared by the layouts."""

from __future__ import annotations

import re

from rowkeep.domain.migration import Language, Migration, Remark, Section
from rowkeep.domain.source import Source, Span
from rowkeep.files.content.directives import has_no_transaction, starts_comment
from rowkeep.files.content.tokenizer import first_code
from rowkeep.files.filesystem.listing import DirectoryEntry


def whole_section(source: Source, *, outside: bool = False) -> Section:
    """The whole file. outside: a marker of its tool turns off the transaction."""
    return section_part(source, Span(0, len(source.text)), outside=outside)


def section_part(source: Source, span: Span, *, outside: bool = False) -> Section:
    """A part of a file. `-- rowkeep: no-transaction` in it, or at the head of the file, turns off the transaction."""
    return Section(source, span, False if outside or has_no_transaction(source, span) else None)


def up_only_migration(entry: DirectoryEntry, name: str, layout: str, *, outside: bool = False) -> Migration:
    """A migration whose whole file is its up part, without a down part."""
    up = whole_section(entry.source, outside=outside)
    return Migration(name, entry.source.path, Language.SQL, layout, up, None, entry.remarks + empty_remark(up))


def empty_remark(section: Section) -> tuple[Remark, ...]:
    """A remark if a section contains no statement."""
    if first_code(section.text) is not None:
        return ()
    start = section.span.start
    return (Remark("empty-migration", section.source, Span(start, start), "the up part contains no statement"),)


def file_remark(entry: DirectoryEntry, kind: str, message: str, fatal: bool = False) -> Remark:
    """A remark on a file as a whole."""
    return Remark(kind, entry.source, Span(0, 0), message, fatal)


def unrecognized_remark(entry: DirectoryEntry) -> Remark:
    """The remark on a file that is not a migration."""
    return file_remark(entry, "unknown-file", f"“{entry.name}” is not a migration and is skipped")


def find_directive(source: Source, pattern: re.Pattern[str]) -> Span | None:
    """The first match of `pattern` that starts a comment, or None."""
    for match in pattern.finditer(source.text):
        if starts_comment(source.text, match.start()):
            return Span(*match.span())
    return None


def dropped_remark(source: Source, before: int) -> tuple[Remark, ...]:
    """The remark on statements before the first marker (at `before`), which no direction runs."""
    at = first_code(source.text[:before])
    if at is None:
        return ()
    last = len(source.text[:before].rstrip())
    message = "this text is before the first marker: neither up nor down would run it"
    return (Remark("text-before-marker", source, Span(at, last), message, fatal=True),)
