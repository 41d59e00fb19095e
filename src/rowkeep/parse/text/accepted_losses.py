"""Reads `-- rowkeep: accept-loss public.users.phone because REASON`: the names of what may be lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.source import Span

_COMMENT = compile_later(r"(?:--|#)[ \t]*rowkeep:[ \t]*accept-loss[ \t](?P<text>[^\r\n]*[ \t]because[ \t]+\S[^\r\n]*)")


@dataclass(frozen=True, slots=True)
class AcceptedLoss:
    """One comment. names: what it may mean, because a name may have ` because ` and quotes in it."""

    names: frozenset[str]
    reason: str
    span: Span


def read_accepted_losses(text: str, *, python: bool = False) -> tuple[AcceptedLoss, ...]:
    """The comments of a text of SQL, or of Python, that accept a loss and give a reason.

    Only a comment counts: not the same words in a string, a quoted name, a function's body or a block comment.
    """
    if "accept-loss" not in text:
        return ()
    return tuple(_read(text, python))


def _read(text: str, python: bool) -> Iterator[AcceptedLoss]:
    for span in _python_comments(text) if python else _sql_comments(text):
        match = _COMMENT.match(text, span.start, span.end)
        if match is None:
            continue
        parts = re.split(r"[ \t]because(?=[ \t]+\S)", match["text"])
        names: set[str] = set()
        for end in range(1, len(parts)):
            name = " because".join(parts[:end]).strip()
            names |= {name, name.strip("'\"")}
        yield AcceptedLoss(frozenset(names - {""}), parts[-1].strip(), span)


def _sql_comments(text: str) -> Iterator[Span]:
    from rowkeep.parse.text.lexer import TokenKind, read_tokens

    for token in read_tokens(text):
        if token.kind is TokenKind.COMMENT:
            yield Span(token.start, token.end)


def _python_comments(text: str) -> Iterator[Span]:
    import io
    import tokenize

    starts = [0]
    for line in io.StringIO(text, newline=""):
        starts.append(starts[-1] + len(line))
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                start = starts[row - 1] + column
                yield Span(start, start + len(token.string))
    except (tokenize.TokenError, SyntaxError, ValueError):
        return  # Python refuses the file when it is loaded
