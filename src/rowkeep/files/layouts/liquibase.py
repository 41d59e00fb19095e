"""Liquibase's formatted SQL: files that start with `--liquibase formatted sql` and contain changesets.

A changeset is a migration; its `--rollback` lines are its down part. The changelog that names the files gives the
order, where it lies beside them; else their names do, as `includeAll` has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Directory, Language, Migration, Remark, Section
from rowkeep.domain.source import Source, Span
from rowkeep.files.content.sections import empty_remark, file_remark, unrecognized_remark
from rowkeep.files.filename import is_sql
from rowkeep.files.filesystem.listing import DirectoryEntry, DirectoryListing, entry_at
from rowkeep.files.nested import files_below

NAME = "liquibase"

_HEAD = compile_later(r"\A\s*--[ \t]*liquibase[ \t]+formatted[ \t]+sql\b", re.IGNORECASE)
_CHANGESET = compile_later(
    r"^[ \t]*--[ \t]*changeset[ \t]+(?P<author>[^\s:]+):(?P<id>\S+)(?P<rest>[^\r\n]*)", re.IGNORECASE | re.MULTILINE
)
_ROLLBACK = compile_later(r"^(?P<mark>[ \t]*--[ \t]*rollback\b[ \t]?)(?P<text>[^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_ROLLBACK_BLOCK = compile_later(r"/\*[ \t]*liquibase[ \t]+rollback\b", re.IGNORECASE)
_NOTHING = compile_later(r"^\s*(?:empty|not required)\s*;?\s*$", re.IGNORECASE)
_ELSEWHERE = compile_later(r"^\s*(?:changesetid|changesetauthor|changesetpath)\b", re.IGNORECASE)
_OUTSIDE = compile_later(r"\brunInTransaction[ \t]*:[ \t]*\"?false", re.IGNORECASE)
_DATABASE = compile_later(r"\bdbms[ \t]*:[ \t]*(?P<names>\"[^\"]*\"|\S+)", re.IGNORECASE)
_PLACEHOLDER = compile_later(r"\$\{[^}\s]+\}")
_NAMED = compile_later(r"[\w./-]+\.sql\b", re.IGNORECASE)
_CHANGELOG = compile_later(r"changelog.*\.(?:xml|ya?ml|json)$|\.changelog\.", re.IGNORECASE)


def fits(listing: DirectoryListing) -> bool:
    """Whether a file starts with Liquibase's header line."""
    return any(_has_head(entry) for entry in listing.scripts.values()) or any(
        _has_head(entry) for files in listing.folders.values() for name, entry in files.items() if is_sql(name)
    )


def _has_head(entry: DirectoryEntry) -> bool:
    text = entry.source.text
    return "liquibase" in text.lower() and _HEAD.match(text) is not None


def read(listing: DirectoryListing) -> Directory:
    """The changesets of every file that has Liquibase's line, in the changelog's order."""
    files = {
        **listing.scripts,
        **{path: entry_at(listing.path, path) for path in files_below(listing) if is_sql(path)},
    }
    formatted = {path: entry for path, entry in files.items() if _HEAD.match(entry.source.text)}
    order, remarks = _order(listing, list(formatted))
    remarks += [
        file_remark(entry, "unknown-file", f"“{path}” has no line “--liquibase formatted sql” and is skipped")
        for path, entry in files.items()
        if path not in formatted
    ]
    remarks += [
        unrecognized_remark(entry)
        for name, entry in listing.files.items()
        if not is_sql(name) and not _CHANGELOG.search(name)
    ]
    migrations: list[Migration] = []
    for path in order:
        for found in _changesets(formatted[path]):
            if isinstance(found, Remark):
                remarks.append(found)
            else:
                migrations.append(found)
    return Directory(listing.path, NAME, tuple(migrations), tuple(remarks))


def _order(listing: DirectoryListing, paths: list[str]) -> tuple[list[str], list[Remark]]:
    for name in listing.files:
        if not _CHANGELOG.search(name):
            continue
        changelog = entry_at(listing.path, name)
        named = [match.group() for match in _NAMED.finditer(changelog.source.text)]
        order = [path for each in named for path in paths if each == path or each.endswith(f"/{path}")]
        if order:
            left = [path for path in paths if path not in order]
            remarks = [
                file_remark(
                    changelog, "not-in-journal", f"{name} does not name “{path}”: Liquibase never runs it", True
                )
                for path in left
            ]
            return list(dict.fromkeys(order)), remarks
    return sorted(paths), []


def _changesets(entry: DirectoryEntry) -> Iterator[Migration | Remark]:
    source, text = entry.source, entry.source.text
    marks = list(_CHANGESET.finditer(text))
    if not marks:
        yield file_remark(entry, "marker-missing", "there is no --changeset: Liquibase refuses this file", fatal=True)
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    backward = _rollbacks(source)
    for mark, end in zip(marks, ends, strict=True):
        database = _DATABASE.search(mark["rest"])
        span = Span(mark.start(), end)
        if database is not None and not _is_ours(database["names"]):
            message = f"the changeset {mark['author']}:{mark['id']} is for {database['names']}: not read"
            yield Remark("other-database", source, Span(*mark.span()), message, quiet=True)
            continue
        outside = False if _OUTSIDE.search(mark["rest"]) else None
        up = Section(source, span, outside)
        remarks = [*entry.remarks, *empty_remark(up)]
        hole = _PLACEHOLDER.search(text, span.start, span.end)
        if hole is not None:
            message = f"{hole.group()} is replaced before this text runs, so its value is not known here"
            remarks.append(Remark("substitution", source, Span(*hole.span()), message))
        name = f"{mark['id']}-{mark['author']}"
        down = _down(source, backward, span, outside)
        yield Migration(name, source.path, Language.SQL, NAME, up, down, tuple(remarks))


def _is_ours(names: str) -> bool:
    """Whether `dbms:` lets PostgreSQL in: it is named, or only others are shut out (`!mysql`)."""
    words = {word.strip().lower() for word in names.strip('"').split(",")}
    if words & {"postgresql", "all"}:
        return True
    return "!postgresql" not in words and all(word.startswith("!") for word in words)


def _rollback_texts(text: str, span: Span) -> Iterator[Span]:
    """The rollback texts in a span: after `--rollback`, and in `/* liquibase rollback … */`."""
    for match in _ROLLBACK.finditer(text, span.start, span.end):
        yield Span(*match.span("text"))
    at = span.start
    while opening := _ROLLBACK_BLOCK.search(text, at, span.end):
        at = text.find("*/", opening.end(), span.end)
        if at == -1:
            return
        yield Span(opening.end(), at)


def _rollbacks(source: Source) -> Source:
    """The file with everything but its rollbacks blanked, so that positions stay the same."""
    text = source.text
    blank = re.sub(r"[^\r\n]", " ", text)
    rest: list[str] = []
    at = 0
    for span in sorted(_rollback_texts(text, Span(0, len(text)))):
        if span.start >= at and not _NOTHING.match(text[span.start : span.end]):
            rest += [blank[at : span.start], text[span.start : span.end]]
            at = span.end
    return Source(source.path, "".join([*rest, blank[at:]]))


def _down(source: Source, backward: Source, span: Span, outside: bool | None) -> Section | None:
    """The rollback of a changeset; None if it has none, or refers to that of another changeset."""
    found = [
        source.text[rollback_text.start : rollback_text.end] for rollback_text in _rollback_texts(source.text, span)
    ]
    if not found or any(_ELSEWHERE.match(text) for text in found):
        return None
    return Section(backward, span, outside)
