"""Parses one section of a migration: SQL by `sql_section.py`, Python by `python/`."""

from __future__ import annotations

from collections.abc import Sequence

from rowkeep.domain.migration import Include, Section
from rowkeep.domain.statement import Parsed
from rowkeep.parse import sql_section
from rowkeep.parse.text.mapped_text import map_plain


def parse_section(section: Section, includes: Sequence[Include] = ()) -> Parsed:
    """Read `section`. Never raises for what stands in the text: a fault becomes a `Problem`, the rest is read on.

    Of a migration in Python it reads the SQL that its function sends; nothing of the file is run. includes: files that
    psql would bring in; their statements stand in the place of the command that names them.
    """
    source = section.source
    if section.function is not None:
        from rowkeep.parse.python.read import read_function as read_python

        return read_python(section, section.function)
    text = map_plain(section.text, section.span.start)
    statements, problems = sql_section.parse_text(source, text, section.span.start, includes=includes)
    return Parsed(source, section.span, tuple(statements), tuple(problems))
