"""Templates with placeholders such as `{{ .Schema }}`: recognized, and read with a name in place of each."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rowkeep.domain.frozen import replace
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Directory, Language, Migration, Remark, Section
from rowkeep.domain.source import Source, Span
from rowkeep.files.content.tokenizer import TextKind, split_pieces

OURS = ("node-pg-migrate", "plain")
"""Layouts that Rowkeep runs. Nobody fills in templates there."""

_OPENING = compile_later(r"\{[{%]")
_CONTROL = compile_later(
    r"\{\{-?\s*(?:if|else|end|range|with|define|template|block|break|continue|/\*|#|\$\w+\s*:?=)|\{%", re.IGNORECASE
)


def fill_template_file(directory: Directory) -> Directory:
    """The directory, with names in place of the placeholders of templates, and a remark on each template."""
    # Several migrations may be in one file (Liquibase); it is searched once.
    first: dict[str, Span | None] = {}
    for migration in directory.migrations:
        if migration.path not in first:
            first[migration.path] = next(find_placeholders(migration.source.text), None)
    if not any(first.values()):
        return directory
    migrations = tuple(
        _fill(migration, directory.layout) if first[migration.path] else migration
        for migration in directory.migrations
    )
    return directory if migrations == directory.migrations else replace(directory, migrations=migrations)


def find_placeholders(text: str) -> Iterator[Span]:
    """The placeholders outside strings, bodies and comments, where SQL has no braces."""
    if "{{" not in text and "{%" not in text:
        return
    after = 0
    for piece in split_pieces(text):
        if piece.kind not in (TextKind.CODE, TextKind.NAME):
            continue
        while opening := _OPENING.search(text, max(piece.start, after), piece.end):
            closing = text.find("}}" if opening.group() == "{{" else "%}", opening.end())
            if closing == -1:
                # No closing braces follow, so stop: this keeps the search linear.
                return
            after = closing + 2
            yield Span(opening.start(), after)


def _fill(migration: Migration, layout: str) -> Migration:
    if migration.language is not Language.SQL:
        return migration
    first = next(find_placeholders(migration.source.text), None)
    if first is None:
        return migration
    ours = layout in OURS
    fills = "Rowkeep does not fill it in and does not run this file" if ours else "its value is not known here"
    message = (
        f"{migration.source.text[first.start : first.end]} is a template placeholder: {fills}; "
        "lint reads the file with a name in place of each placeholder"
    )
    remark = Remark("template", migration.source, first, message, fatal=ours)
    down = None if migration.down is None else _with_names(migration.down)
    return replace(migration, up=_with_names(migration.up), down=down, remarks=(*migration.remarks, remark))


def _with_names(section: Section) -> Section:
    text = section.source.text
    rest: list[str] = []
    at = 0
    for span in find_placeholders(text):
        rest += [text[at : span.start], _stand_in(text[span.start : span.end])]
        at = span.end
    return replace(section, source=Source(section.source.path, "".join([*rest, text[at:]])))


def _stand_in(place: str) -> str:
    """Text of the same length: blanks for control structures, a name for values. Line ends stay."""
    if _CONTROL.match(place):
        return re.sub(r"[^\r\n]", " ", place)
    name = "x" * len(place)
    return "".join(sign if sign in "\r\n" else letter for sign, letter in zip(place, name, strict=True))
