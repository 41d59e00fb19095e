"""Parses the body of a function again for a call with known arguments."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rowkeep.domain.operation import Operation, Unjudged
from rowkeep.domain.source import Source, Span
from rowkeep.parse.operations.bodies import body_called_with
from rowkeep.parse.statements import RawStatement, read_statements
from rowkeep.parse.text.mapped_text import map_plain


def operations_of_call(source: Source, made: Span, arguments: Sequence[str | None]) -> tuple[Operation, ...]:
    """What the function created by the statement at `made` does with `arguments`, None for unknown ones.

    Empty if the arguments add nothing: for other languages than PL/pgSQL, and if none is known.
    """
    for each in _read(source.text[made.start : made.end], made.start):
        if each.kind == "CreateFunctionStmt":
            try:
                return tuple(body_called_with(each.reader, each.node, arguments))
            except RecursionError:
                return (Unjudged(Span(made.start, made.end), (), "the function", "its parts are nested too deeply"),)
    return ()


@lru_cache(32)
def _read(text: str, start: int) -> tuple[RawStatement, ...]:
    """The statement that creates a function. It is needed for each call of the function."""
    return tuple(each for each in read_statements(map_plain(text, start)) if isinstance(each, RawStatement))
