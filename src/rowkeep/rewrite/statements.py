"""A section cut into one piece of text a statement, with the comments that belong to it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.lint.finding import TextEdit
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Parsed, Statement
from rowkeep.parse.text.lexer import meaningful_tokens

_MARKER = compile_later(
    r"\s*--(?:[\s-]*(?:up|down)\s+migration|\s*migrate:(?:up|down)|[ \t]*\+goose[ \t]+(?:up|down))\b"
    r"[^\r\n]*(?:\r?\n|\Z)(?:\s*--[ \t]*rowkeep:[ \t]*no-transaction[ \t]*(?:\r?\n|\Z))*",
    re.IGNORECASE,
)


def statement_spans(parsed: Parsed) -> tuple[Span, ...]:
    """The text of each statement: its comments before, its `;`, and the rest of that line. No character is in two.

    Empty where the text between two statements cannot be told apart by its `;` alone.
    """
    text, spans = parsed.source.text, []
    marker = _MARKER.match(text, parsed.span.start, parsed.span.end)
    start = marker.end() if marker else parsed.span.start
    for number, statement in enumerate(parsed.statements):
        last = number + 1 == len(parsed.statements)
        end = parsed.span.end if last else parsed.statements[number + 1].span.start
        after = _after(text, statement.span.end, end, last)
        if after is None or statement.span.start < start:
            return ()
        spans.append(Span(start, after))
        start = after
    return tuple(spans)


def _after(text: str, at: int, end: int, last: bool) -> int | None:
    """Where the piece of the statement that ends at `at` ends."""
    sign = next((each for each in meaningful_tokens(text, at, end)), None)
    if sign is None or text[sign.start : sign.end] != ";":
        return end if last and sign is None and not text[at:end].strip() else None
    line = text.find("\n", sign.end, end)
    rest = text[sign.end : line if line != -1 else end]
    if not rest.strip() or (rest.lstrip().startswith("--")):
        # A section may end between the \r and the \n of its last line.
        return line + 1 if line != -1 else end + (text[end - 1 : end + 1] == "\r\n")
    return sign.end


def apply_edits(text: str, span: Span, edits: Iterable[TextEdit]) -> str:
    """The stretch of `text` with the edits that lie in it; those of one place in their order."""
    parts, at = [], span.start
    for edit in sorted(edits, key=lambda each: (each.span.start, each.span.end)):
        parts += [text[at : edit.span.start], edit.text]
        at = edit.span.end
    return "".join((*parts, text[at : span.end]))


def with_line_ends(text: str, newline: str) -> str:
    """The text with these line ends, whichever it had."""
    return text.replace("\r\n", "\n").replace("\n", newline)


def edits_overlap(edits: Iterable[TextEdit]) -> bool:
    """Whether two edits want the same characters."""
    end = -1
    for edit in sorted(edits, key=lambda each: (each.span.start, each.span.end)):
        if edit.span.start < end:
            return True
        end = max(end, edit.span.end)
    return False


def whole_statement(statement: Statement, text: str) -> str:
    """A statement's text with its `;`, however it ends in the file."""
    return text if text.rstrip().endswith(";") or "--" in text[len(statement.text) :] else f"{text.rstrip()};\n"
