"""The body of a function, read again for a call whose arguments are known."""

from __future__ import annotations

from collections.abc import Sequence

from rowkeep.domain.act import Act, Unjudged
from rowkeep.domain.source import Source, Span
from rowkeep.parse.acts.bodies import called_with
from rowkeep.parse.mapped import plain
from rowkeep.parse.statements import Raw, read


def called_body(source: Source, made: Span, arguments: Sequence[str | None]) -> tuple[Act, ...]:
    """What the function that the statement at `made` creates does with `arguments`, None for those nobody knows.

    Nothing, where knowing them tells no more than the body alone: outside of PL/pgSQL, and where none is known.
    """
    for each in read(plain(source.text[made.start : made.end], made.start)):
        if isinstance(each, Raw) and each.kind == "CreateFunctionStmt":
            try:
                return tuple(called_with(each.reader, each.node, arguments))
            except RecursionError:
                return (Unjudged(Span(made.start, made.end), (), "the function", "its parts are nested too deeply"),)
    return ()
