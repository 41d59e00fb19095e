"""Parses the statements that a function of a Python migration sends, at their places in the file."""

from __future__ import annotations

import ast

from rowkeep.domain.migration import Section
from rowkeep.domain.operation import Opaque, Unjudged
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Parsed, Problem, Statement, TransactionUse
from rowkeep.parse.python.literals import number_placeholders
from rowkeep.parse.python.module import NotPython, SourcePositions, find_function, parse_module
from rowkeep.parse.python.sent_sql import find_foreign_imports, find_sent_sql
from rowkeep.parse.sql_section import parse_text
from rowkeep.parse.text.mapped_text import map_plain


def read_function(section: Section, name: str) -> Parsed:
    """The statements of the function `name`. span: the half of the file in which it stands.

    SQL that is not constant becomes a statement whose only operation is `Opaque`. Empty for a syntax error, which the
    file reader reports.
    """
    source = section.source
    try:
        tree, places = parse_module(source.text)
    except NotPython:
        return Parsed(source, Span(0, 0), (), ())
    found = find_function(tree, name)
    if found is None:
        return Parsed(source, Span(0, 0), (), ())
    statements: list[Statement] = []
    problems: list[Problem] = []
    try:
        calls = (*(find_foreign_imports(tree, places) if name == "up" else ()), *find_sent_sql(tree, found, places))
    except RecursionError:
        span = places.span(found)
        deep = (Unjudged(span, (), f"what {name}() sends", "its code is nested too deeply"),)
        lead = Span(span.start, span.start)
        return Parsed(source, span, (Statement(source, span, lead, TransactionUse.ANY, deep),), ())
    for call in calls:
        if call.sql is None:
            hidden = (Opaque(call.span, call.inside, call.what, call.why),)
            lead = Span(call.span.start, call.span.start)
            statements.append(Statement(source, call.span, lead, TransactionUse.ANY, hidden))
            continue
        read_now = parse_text(source, call.sql, call.span.start, call.inside)
        statements.extend(read_now[0])
        problems.extend(read_now[1])
    return Parsed(source, _half(tree, found, places), tuple(statements), tuple(problems))


def function_span(section: Section) -> Span:
    """The characters of the function that is called; empty if the text does not have it."""
    try:
        tree, places = parse_module(section.source.text)
    except NotPython:
        return Span(0, 0)
    found = find_function(tree, section.function or "")
    return Span(0, 0) if found is None else places.span(found)


def locate_position(section: Section, call: Span, position: int, text: tuple[str, bool]) -> int | None:
    """The place in the file of character `position` of a sent text; None if it is not a constant there.

    call: the expression that sent it. text: as sent, and whether parameters came with it.
    """
    tree, places = parse_module(section.source.text)
    found = find_function(tree, section.function or "")
    words, values = text
    sent = number_placeholders(map_plain(words, 0)).text if values else words
    for each in find_sent_sql(tree, found, places) if found is not None else ():
        if each.sql is not None and each.span == call and each.sql.text == sent and position < len(sent):
            return each.sql.span(position, position + 1).start
    return None


def _half(tree: ast.Module, found: ast.FunctionDef, places: SourcePositions) -> Span:
    other = find_function(tree, "down" if found.name == "up" else "up")
    start, end = places.span(found).start, len(places.text)
    if other is None:
        return Span(0, end)
    cut = places.span(other).start
    return Span(0, cut) if start < cut else Span(start, end)
