"""Files that contain both parts with markers of their own, as in dbmate and goose."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.migration import Direction, Language, Migration, Remark
from rowkeep.domain.source import Span
from rowkeep.files.content.directives import starts_comment
from rowkeep.files.content.markers import find_markers
from rowkeep.files.content.sections import dropped_remark, empty_remark, section_part, whole_section
from rowkeep.files.filesystem.listing import DirectoryEntry


@dataclass(frozen=True, slots=True)
class FoundMarker:
    """A marker in a file: its direction, its options, and whether it is in a comment (not in a string)."""

    direction: Direction
    span: Span
    options: str
    comment: bool


def find_tool_markers(text: str, pattern: re.Pattern[str]) -> tuple[FoundMarker, ...]:
    """Every match of `pattern` (with the groups `direction` and `options`)."""
    return tuple(
        FoundMarker(
            Direction(match["direction"].lower()),
            Span(*match.span()),
            match["options"] or "",
            starts_comment(text, match.start()),
        )
        for match in pattern.finditer(text)
    )


def most_have(scripts: Mapping[str, DirectoryEntry], pattern: re.Pattern[str], word: str) -> bool:
    """Whether more files have these markers than have node-pg-migrate's. word: a part of each marker, casefolded."""
    texts = (entry.source.text for entry in scripts.values())
    own = sum(1 for text in texts if word in text.casefold() and pattern.search(text))
    return own > 0 and own > sum(1 for entry in scripts.values() if find_markers(entry.source.text))


def read_marked_migration(
    entry: DirectoryEntry, name: str, layout: str, pattern: re.Pattern[str], *, outside: re.Pattern[str] | None = None
) -> Migration:
    """A file divided at its first up marker and the first down marker after it.

    outside: a pattern that turns off the transaction for the file; otherwise `transaction:false` at a marker does.
    """
    source, text = entry.source, entry.source.text
    marks = find_tool_markers(text, pattern)
    up = next((mark for mark in marks if mark.direction is Direction.UP), None)
    if up is None:
        message = "there is no up marker: the tool refuses this file"
        remark = Remark("marker-missing", source, Span(0, 0), message, fatal=True)
        return Migration(
            name, source.path, Language.SQL, layout, whole_section(source), None, (*entry.remarks, remark)
        )
    down = next((mark for mark in marks if mark.direction is Direction.DOWN), None)
    remarks = [*entry.remarks]
    if down is not None and down.span.start < up.span.start:
        message = "the down marker comes before the up marker: the tool refuses this file"
        remarks.append(Remark("markers-swapped", source, down.span, message, fatal=True))
        end, down_span = len(text), Span(down.span.start, up.span.start)
    else:
        end = down.span.start if down else len(text)
        down_span = Span(down.span.start, len(text)) if down else Span(end, end)
    remarks += dropped_remark(source, min(mark.span.start for mark in marks))
    remarks += [_stray_markers(entry, mark) for mark in marks if mark not in (up, down) or not mark.comment]
    everywhere = outside is not None and outside.search(text) is not None
    section = section_part(source, Span(up.span.start, end), outside=everywhere or "transaction:false" in up.options)
    below = None
    if down is not None:
        below = section_part(source, down_span, outside=everywhere or "transaction:false" in down.options)
    return Migration(name, source.path, Language.SQL, layout, section, below, (*remarks, *empty_remark(section)))


def _stray_markers(entry: DirectoryEntry, mark: FoundMarker) -> Remark:
    word = mark.direction.value
    if mark.comment:
        return Remark("repeated-marker", entry.source, mark.span, f"a second {word} marker in one file", fatal=True)
    message = f"this looks like the {word} marker, but is inside a string or a function body"
    return Remark("look-alike-marker", entry.source, mark.span, message, fatal=True)
