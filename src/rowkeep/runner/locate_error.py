"""Finds the place in the migration file that an error of the server is about, also inside PL/pgSQL bodies."""

from __future__ import annotations

import re

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.instruction import ServerError
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.plan import Step
from rowkeep.domain.source import Excerpt, Place, Span
from rowkeep.domain.statement import Statement

INLINE = compile_later(r"inline_code_block\D+(\d+)")
"""The context line of a DO block, whatever language the server speaks."""


@dataclass(frozen=True, slots=True)
class ErrorLocation:
    """The place of an error, and the server's message in full."""

    where: Place | str
    why: str
    excerpt: Excerpt | None = None


def locate_in_steps(steps: tuple[Step, ...], error: ServerError) -> ErrorLocation:
    """The statement of `steps` that failed, and the character, where PostgreSQL or Python gives it."""
    why = quote_server(error)
    if error.at is not None:
        source, span = error.at
        return ErrorLocation(source.place(span.start), why, source.excerpt(span))
    pieces = [piece for step in steps for piece in step.pieces]
    if error.piece is None or error.piece >= len(pieces):
        return ErrorLocation(steps[-1].migration.path, why)
    statement = pieces[error.piece].statement
    span = locate_in_statement(statement, error)
    return ErrorLocation(statement.source.place(span.start), why, statement.source.excerpt(span))


def locate_in_statement(statement: Statement, error: ServerError) -> Span:
    """The characters of the file that `error` is about; the statement's first line where the server names none.

    PostgreSQL's positions count characters from 1 (manual, 55.8), lines of a body from the line of its opening quote.
    """
    if error.position is not None:
        start = statement.span.start + error.position - 1
        return _span_of_word(statement, start)
    match = INLINE.search(error.context or "")
    if match and statement.text[:2].lower() == "do":
        span = _locate_in_body(statement, int(match.group(1)), error)
        if span is not None:
            return span
    return _span_of_line(statement, statement.span.start)


def _locate_in_body(statement: Statement, line: int, error: ServerError) -> Span | None:
    from rowkeep.parse.text.lexer import TokenKind, meaningful_tokens

    text = statement.text
    for kind, start, end in meaningful_tokens(text):
        if kind is not TokenKind.STRING:
            continue
        opening = re.match(r"\$[^$]*\$", text[start:end])
        body = start + (opening.end() if opening else text.index("'", start) + 1 - start)
        at = body
        for _ in range(line - 1):
            at = text.find("\n", at, end) + 1
            if not at:
                return None
        if error.internal_query and opening:
            position = _find_in_query(text, error, at, end)
            if position is not None:
                return _span_of_word(statement, statement.span.start + position)
        while at < end and text[at] in " \t":
            at += 1
        return _span_of_line(statement, statement.span.start + at)
    return None


def _find_in_query(text: str, error: ServerError, at: int, end: int) -> int | None:
    """The position of the error in `text`, if the query that it is about stands there after `at`."""
    query = error.internal_query or ""
    # PL/pgSQL makes SELECT out of PERFORM: what follows the word stands in the text.
    for skipped in (len(query) - len(query.lstrip()), len("SELECT")):
        start = text.find(query[skipped:].strip(), at, end) if query[skipped:].strip() else -1
        if start != -1 and error.internal_position is not None and error.internal_position > skipped:
            blanks = len(query[skipped:]) - len(query[skipped:].lstrip())
            return start + error.internal_position - 1 - skipped - blanks
    return None


def _span_of_word(statement: Statement, start: int) -> Span:
    """The word at `start`: carets mark a whole identifier."""
    text, end = statement.source.text, statement.span.end
    start = min(start, max(statement.span.start, end - 1))
    match = re.compile(r'"(?:[^"]|"")*"|\w+').match(text, start, end)
    return Span(start, match.end() if match else start + 1)


def _span_of_line(statement: Statement, start: int) -> Span:
    text, end = statement.source.text, statement.span.end
    stop = text.find("\n", start, end)
    return Span(start, len(text[start : end if stop == -1 else stop].rstrip()) + start)


def quote_server(error: ServerError) -> str:
    """The server's message with its detail, hint and context."""
    lines = [error.message]
    if error.detail:
        lines.append(f"detail: {error.detail}")
    if error.hint:
        lines.append(f"hint: {error.hint}")
    if error.internal_query:
        lines.append(f"query: {' '.join(error.internal_query.split())}")
    if error.context:
        lines.extend(f"context: {line}" for line in error.context.splitlines())
    return "\n".join(lines)
