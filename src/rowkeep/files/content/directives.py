"""Comments of the form `-- rowkeep: …` that control how a migration runs."""

from __future__ import annotations

import re

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.source import Source, Span
from rowkeep.files.content.tokenizer import TextKind, kind_at

_NO_TRANSACTION = compile_later(r"^[ \t]*(?P<comment>--[ \t]*rowkeep:[ \t]*no-transaction)[ \t]*\r?$", re.MULTILINE)


def has_no_transaction(source: Source, span: Span) -> bool:
    """Whether `span` contains a comment `-- rowkeep: no-transaction` (not the text of a string)."""
    text = source.text
    if "no-transaction" not in text:
        return False
    matches = _NO_TRANSACTION.finditer(text, span.start, span.end)
    return any(starts_comment(text, match.start("comment")) for match in matches)


def starts_comment(text: str, at: int) -> bool:
    """Whether a line comment begins at `at`."""
    piece = kind_at(text, at)
    return piece.start == at and piece.kind is TextKind.LINE_COMMENT
