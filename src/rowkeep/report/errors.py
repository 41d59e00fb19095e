"""A RowkeepError as text and as JSON."""

from __future__ import annotations

from dataclasses import asdict

from rowkeep.domain.source import Place
from rowkeep.errors import Busy, Remains, RowkeepError
from rowkeep.report.events import format_blocker
from rowkeep.report.text.excerpt import format_excerpt
from rowkeep.report.text.visible import indent, one_line

MARGIN = " " * 11
"""Indents continuation lines."""


def format_remains(error: RowkeepError) -> str:
    """The state of the database after the error, as text."""
    if error.remains_detail:
        if error.remains is Remains.CHANGED_IN_PART:
            return f"{error.remains.value}: {error.remains_detail}"
        return f"{error.remains.value} ({error.remains_detail})"
    return error.remains.value


def format_error(error: RowkeepError, *, verbose: bool = False) -> str:
    """The complete message: what, where, source, why, state, next; verbose: also the code."""
    code = f"[{error.sqlstate}]" if error.sqlstate else ""
    rows = [f"error{code}: {indent(error.what, MARGIN)}"]
    if error.where is not None:
        rows.append(f"  --> {one_line(str(error.where))}")
    if error.excerpt is not None:
        rows.append(format_excerpt(error.excerpt))
    if error.why:
        rows.append(f"  = why:   {indent(error.why, MARGIN)}")
    if isinstance(error, Busy):
        rows.extend(f"  = who:   {one_line(format_blocker(blocker))}" for blocker in error.blockers)
    rows.append(f"  = state: {indent(format_remains(error), MARGIN)}")
    for number, step in enumerate(error.instead):
        rows.append(f"{'  = next:  ' if number == 0 else MARGIN}{indent(step, MARGIN)}")
    if verbose:
        rows.append(f"  = code:  {error.code}")
    return "\n".join(rows)


def serialize_error(error: RowkeepError) -> dict[str, object]:
    """The same fields for `--output-format json`."""
    where: object = error.where
    if isinstance(error.where, Place):
        where = {"path": error.where.path, "line": error.where.line, "column": error.where.column}
    return {
        "kind": type(error).__name__,
        "code": error.code.value,
        "what": error.what,
        "where": where,
        "why": error.why,
        "sqlstate": error.sqlstate,
        "state": error.remains.name.lower(),
        "state_detail": error.remains_detail,
        "next": list(error.instead),
        "blockers": [asdict(blocker) for blocker in error.blockers] if isinstance(error, Busy) else [],
    }
