"""Parses one section of a migration: SQL by `sql_section.py`, Python by `python/`."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from rowkeep.domain.migration import Include, Section
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Parsed, Problem, ProblemKind, Statement
from rowkeep.parse import sql_section
from rowkeep.parse.text.mapped_text import map_plain


def parse_section(section: Section, includes: Sequence[Include] = ()) -> Parsed:
    """Parse `section`. Never raises for its text: a syntax error becomes a `Problem`, and the rest is parsed.

    Of a migration in Python it parses the SQL that its function sends; nothing is run. includes: files that psql would
    include; their statements come in the place of the command that includes them.

    The text is parsed on the first call; the section keeps the result for all later calls
    (docs/decisions/0665-a-section-is-parsed-once.md).
    """
    if () not in section.parsed:
        section.parsed[()] = _parse(section)
    key = tuple(includes)
    if key not in section.parsed:
        section.parsed[key] = _insert_includes(section.parsed[()], key)
    return section.parsed[key]


def _parse(section: Section) -> Parsed:
    source = section.source
    if section.function is not None:
        from rowkeep.parse.python.read import read_function as read_python

        return read_python(section, section.function)
    text = map_plain(section.text, section.span.start)
    statements, problems = sql_section.parse_text(source, text, section.span.start)
    return Parsed(source, section.span, tuple(statements), tuple(problems))


def _insert_includes(own: Parsed, includes: Sequence[Include]) -> Parsed:
    """The section with the statements of each included file in the place of the psql command that names it."""
    ordered = sorted((include for include in includes if include.within == own.source), key=lambda include: include.at)
    places = [include.at for include in ordered]
    starts = [statement.span.start for statement in own.statements]
    statements: list[Statement] = []
    problems: list[Problem] = []
    copied = 0
    for problem in own.problems:
        problems.append(problem)
        if problem.kind is not ProblemKind.PSQL_COMMAND:
            continue
        before = bisect_left(starts, problem.span.start)
        statements += own.statements[copied:before]
        copied = before
        for include in ordered[bisect_left(places, problem.span.start) : bisect_left(places, problem.span.end)]:
            if include.source is None:
                problems.append(Problem(ProblemKind.INCLUDE, include.within, problem.span, include.why))
                continue
            file = Section(include.source, Span(0, len(include.source.text)))
            included = parse_section(file, include.includes)
            statements += included.statements
            problems += included.problems
    return Parsed(own.source, own.span, (*statements, *own.statements[copied:]), tuple(problems))
