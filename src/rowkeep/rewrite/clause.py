"""A statement that is ALTER TABLE with one clause: its head, its clause, and the comments in it."""

from __future__ import annotations

import re

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.operation import Operation
from rowkeep.domain.statement import Statement
from rowkeep.parse.text.lexer import TokenKind, read_tokens

_HEAD = compile_later(r"ALTER\s+TABLE\s+(?P<if>IF\s+EXISTS\s+)?(?:ONLY\s+)?\S.*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Clause:
    """head: `ALTER TABLE [IF EXISTS] [ONLY] name`. text: the clause. Both without comments, which are in `remarks`.

    if_exists: the table need not be there.
    """

    head: str
    text: str
    if_exists: bool
    remarks: tuple[str, ...] = ()

    def with_comments(self, text: str) -> str:
        """`text` after the comments of the statement that it replaces."""
        return "\n".join((*self.remarks, text))


def find_clause(statement: Statement, operation: Operation) -> Clause | None:
    """The parts of a statement whose only clause is `operation`; None for any other."""
    head = head_of(statement)
    if head is None or len(statement.operations) != 1 or operation.span.end != statement.span.end:
        return None
    said = without_comments(statement.source.text, operation.span.start, operation.span.end)
    return Clause(head, said, _is_soft(head), comments_of(statement))


def comments_of(statement: Statement) -> tuple[str, ...]:
    """The comments within a statement."""
    text = statement.source.text
    found = read_tokens(text, statement.span.start, statement.span.end)
    return tuple(text[each.start : each.end] for each in found if each.kind is TokenKind.COMMENT)


def head_of(statement: Statement) -> str | None:
    """The text before the first clause of an ALTER TABLE, without comments; None for another statement."""
    if not statement.operations or statement.operations[0].inside:
        return None
    head = without_comments(statement.source.text, statement.span.start, statement.operations[0].span.start)
    return head if _HEAD.fullmatch(head) else None


def without_comments(text: str, start: int, end: int) -> str:
    """`text[start:end]` without its comments, and without blanks around it."""
    # A comment parts two words.
    words = (
        " " if each.kind is TokenKind.COMMENT else text[each.start : each.end]
        for each in read_tokens(text, start, end)
    )
    return "".join(words).strip()


def _is_soft(head: str) -> bool:
    found = _HEAD.fullmatch(head)
    return found is not None and found["if"] is not None
