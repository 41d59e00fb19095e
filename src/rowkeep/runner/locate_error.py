"""What the server said -> the place in the migration file, also inside PL/pgSQL bodies."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rowkeep.domain.instruction import ServerError
from rowkeep.domain.plan import Step
from rowkeep.domain.source import Excerpt, Place, Span
from rowkeep.domain.statement import Statement

INLINE = re.compile(r"inline_code_block\D+(\d+)")
"""The context line of a DO block, whatever language the server speaks."""


@dataclass(frozen=True, slots=True)
class ErrorLocation:
    """Where a fault lies, and the server's words in full."""

    where: Place | str
    why: str
    excerpt: Excerpt | None = None


def locate_in_steps(steps: tuple[Step, ...], fault: ServerError) -> ErrorLocation:
    """The statement of `steps` that failed, and the very character where PostgreSQL (or Python) tells it."""
    why = quoted_words(fault)
    if fault.at is not None:
        source, span = fault.at
        return ErrorLocation(source.place(span.start), why, source.excerpt(span))
    pieces = [piece for step in steps for piece in step.pieces]
    if fault.piece is None or fault.piece >= len(pieces):
        return ErrorLocation(steps[-1].migration.path, why)
    statement = pieces[fault.piece].statement
    span = locate_in_statement(statement, fault)
    return ErrorLocation(statement.source.place(span.start), why, statement.source.excerpt(span))


def locate_in_statement(statement: Statement, fault: ServerError) -> Span:
    """The characters of the file that `fault` is about; the statement's first line where the server names none.

    PostgreSQL's positions count characters from 1 (manual, 55.8), lines of a body from the line of its opening quote.
    """
    if fault.position is not None:
        start = statement.span.start + fault.position - 1
        return _word(statement, start)
    found = INLINE.search(fault.context or "")
    if found and statement.text[:2].lower() == "do":
        inside = _in_body(statement, int(found.group(1)), fault)
        if inside is not None:
            return inside
    return _line(statement, statement.span.start)


def _in_body(statement: Statement, line: int, fault: ServerError) -> Span | None:
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
        if fault.internal_query and opening:
            found = _query(text, fault, at, end)
            if found is not None:
                return _word(statement, statement.span.start + found)
        while at < end and text[at] in " \t":
            at += 1
        return _line(statement, statement.span.start + at)
    return None


def _query(text: str, fault: ServerError, at: int, end: int) -> int | None:
    """Where the fault lies in `text`, if the query it is about stands there after `at`."""
    query = fault.internal_query or ""
    # PL/pgSQL makes SELECT out of PERFORM: what follows the word stands in the text.
    for skipped in (len(query) - len(query.lstrip()), len("SELECT")):
        start = text.find(query[skipped:].strip(), at, end) if query[skipped:].strip() else -1
        if start != -1 and fault.internal_position is not None and fault.internal_position > skipped:
            blanks = len(query[skipped:]) - len(query[skipped:].lstrip())
            return start + fault.internal_position - 1 - skipped - blanks
    return None


def _word(statement: Statement, start: int) -> Span:
    """The word at `start`: carets stand under a whole identifier."""
    text, end = statement.source.text, statement.span.end
    start = min(start, max(statement.span.start, end - 1))
    found = re.compile(r'"(?:[^"]|"")*"|\w+').match(text, start, end)
    return Span(start, found.end() if found else start + 1)


def _line(statement: Statement, start: int) -> Span:
    text, end = statement.source.text, statement.span.end
    stop = text.find("\n", start, end)
    return Span(start, len(text[start : end if stop == -1 else stop].rstrip()) + start)


def quoted_words(fault: ServerError) -> str:
    """All that the server said."""
    said = [fault.message]
    if fault.detail:
        said.append(f"detail: {fault.detail}")
    if fault.hint:
        said.append(f"hint: {fault.hint}")
    if fault.internal_query:
        said.append(f"query: {' '.join(fault.internal_query.split())}")
    if fault.context:
        said.extend(f"context: {line}" for line in fault.context.splitlines())
    return "\n".join(said)
