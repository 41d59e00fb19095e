"""The markers `-- Up Migration` and `-- Down Migration`: where node-pg-migrate divides files, and what it loses.

The cut is exactly that of node-pg-migrate 7 to 10 (its src/sqlMigration.ts): for each direction the first match of
`/^\\s*--[\\s-]*up\\s+migration/im`, wherever it stands; from a marker to the other one or to the end. What that cut
drops, or sends the wrong way, becomes a remark.
"""

from __future__ import annotations

import re
from typing import cast

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Direction, Remark, Section
from rowkeep.domain.source import Source, Span
from rowkeep.files.content.directives import has_no_transaction
from rowkeep.files.content.sections import dropped_remark, empty_remark, section_part
from rowkeep.files.content.tokenizer import TextKind, TextPiece, first_code, kind_at

# JavaScript's \s and ^ are not Python's: U+FEFF is blank there, U+001C is not; a line also starts after \r.
_BLANK = "\\t\\n\\v\\f\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff"
_MARKER = compile_later(
    f"(?:\\A|(?<=[\\n\\r\\u2028\\u2029]))[{_BLANK}]*--[{_BLANK}-]*"
    f"(?P<words>(?P<direction>[uU][pP]|[dD][oO][wW][nN])[{_BLANK}]+[mM][iI][gG][rR][aA][tT][iI][oO][nN])"
)
_LINE_END = compile_later(r"[\n\r]")
# A title: nothing more, or a word in parentheses ("Down Migration (rollback)"); otherwise it is a sentence.
_CLEAN = compile_later(
    f"--[{_BLANK}-]*(?:up|down)[{_BLANK}]+migrations?[{_BLANK}=*#:.;-]*(?:\\([^()]*\\)[{_BLANK}=*#:.;-]*)?",
    re.IGNORECASE | re.ASCII,
)
_USUAL = frozenset({"-- Up Migration", "-- Down Migration"})
_FOREIGN = compile_later(
    r"^[ \t]*--[ \t=*#+<\[{!@/-]*?"
    r"(?P<words>migrate:(?:up|down)\b[^\r\n]*|\+?(?:goose|migrate|micrate|rambler)[ \t]+(?:up|down)\b[^\r\n]*"
    r"|@?(?:ups?|downs?|undo|rollback|migration (?:up|down)|create above / drop below)[ \t:;=*#.+>\]}!-]*)\r?$",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Marker:
    """A match of node-pg-migrate's marker expression.

    start: where the section would begin (blank lines before the marker belong to it). words: `up migration` itself.
    inside: what the words stand in. clean: the comment says nothing else, so that a marker is surely meant.
    """

    direction: Direction
    start: int
    words: Span
    inside: TextKind
    clean: bool


def find_markers(text: str) -> tuple[Marker, ...]:
    """All matches in order, including the first of each direction."""
    matches = list(_MARKER.finditer(text)) if "migration" in text.lower() else []
    if not matches:
        return ()
    found: list[Marker] = []
    known = 0
    for match in matches:
        words = Span(match.start("words"), match.end("words"))
        piece = (None if found else _first_comment(text, match)) or kind_at(text, words.start, known)
        known = piece.start
        direction = Direction(match.group("direction").lower())
        found.append(Marker(direction, match.start(), words, piece.kind, _is_clean(text, piece, words)))
    return tuple(found)


def _first_comment(text: str, match: re.Match[str]) -> TextPiece | None:
    """The comment of a marker that is the first thing in the text, as it mostly is."""
    dashes = text.index("--", match.start())
    if text[:dashes].strip(" \t\r\n"):
        return None
    line_end = _LINE_END.search(text, match.end())
    return TextPiece(TextKind.LINE_COMMENT, dashes, line_end.start() if line_end else len(text))


def _is_clean(text: str, piece: TextPiece, words: Span) -> bool:
    if piece.kind is not TextKind.LINE_COMMENT or words.end > piece.end:
        return False
    return text[piece.start : piece.end] in _USUAL or _CLEAN.fullmatch(text, piece.start, piece.end) is not None


Cut = tuple[Section, Section | None, tuple[Remark, ...]]


def cut_sections(source: Source) -> Cut:
    """The up and down part of a file as node-pg-migrate divides it, and remarks on problems."""
    known = source.readings.get("cut_sections")
    if known is None:
        known = source.readings["cut_sections"] = _cut(source)
    return cast(Cut, known)


def _cut(source: Source) -> Cut:
    text = source.text
    found = find_markers(text)
    up = next((marker for marker in found if marker.direction is Direction.UP), None)
    down = next((marker for marker in found if marker.direction is Direction.DOWN), None)
    end = len(text)
    up_span, down_span = Span(0, end), None
    if up is not None:
        up_span = Span(up.start, end if down is None or down.start < up.start else down.start)
    if down is not None:
        down_span = Span(down.start, end if up is None or up.start < down.start else up.start)
    head = Span(0, min((marker.start for marker in (up, down) if marker is not None), default=0))
    remarks = (*dropped_remark(source, head.end), *_down_only(source, up, down), *_look_alikes(source, found))
    remarks += _unknown(source, up, down)
    outside = has_no_transaction(source, head)
    up_part = section_part(source, up_span, outside=outside)
    return (
        up_part,
        None if down_span is None else section_part(source, down_span, outside=outside),
        (*remarks, *empty_remark(up_part)),
    )


def _down_only(source: Source, up: Marker | None, down: Marker | None) -> tuple[Remark, ...]:
    if down is None or up is not None:
        return ()
    message = "a down marker without an up marker: node-pg-migrate runs the whole file as up, including the down part"
    return (Remark("down-only", source, down.words, message, fatal=True),)


def _look_alikes(source: Source, found: tuple[Marker, ...]) -> tuple[Remark, ...]:
    """Matches that may be unintended, or come too late to count."""
    remarks: list[Remark] = []
    first: set[Direction] = set()
    current: Direction | None = None
    for marker in found:
        word = f"{marker.direction.value} migration"
        if marker.direction not in first:
            first.add(marker.direction)
            current = marker.direction
            if marker.inside is not TextKind.LINE_COMMENT:
                message = f"“{word}” within a {marker.inside.value} looks like a marker and divides the file here"
                remarks.append(Remark("look-alike-marker", source, marker.words, message, fatal=True))
            elif not marker.clean:
                harmless = first_code(source.text[: marker.start]) is None
                message = (
                    f"this comment looks like the {marker.direction.value} marker and divides the file here; "
                    f"if it is the marker, write only “-- {word.title()}”, otherwise reword it"
                )
                remarks.append(Remark("look-alike-marker", source, marker.words, message, fatal=not harmless))
        elif marker.clean:
            astray = marker.direction is not current
            tail = f"; what follows belongs to the {current.value} part" if current and astray else ""
            message = f"a second {marker.direction.value} marker: only the first one counts{tail}"
            remarks.append(Remark("repeated-marker", source, marker.words, message, fatal=astray))
    return tuple(remarks)


def _unknown(source: Source, up: Marker | None, down: Marker | None) -> tuple[Remark, ...]:
    """Markers of another tool, or a bare `-- down`, in a file without a down marker of this layout."""
    if down is not None:
        return ()
    text = source.text
    for match in _FOREIGN.finditer(text):
        words = Span(match.start("words"), match.end("words"))
        piece = kind_at(text, words.start)
        if piece.kind is TextKind.LINE_COMMENT and not (up and words.start < up.words.end):
            message = "this looks like a marker of another tool: here it is a comment, and the rest runs as up"
            return (Remark("unknown-marker", source, words, message, fatal=True),)
    return ()
