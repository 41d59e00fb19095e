"""A remark on a migration file, as text and JSON."""

from __future__ import annotations

from rowkeep.domain.migration import Remark


def remark_line(remark: Remark) -> str:
    """`migrations/1_a.sql:3:1: look-alike-marker: this comment …`."""
    return f"{remark.source.place(remark.span.start)}: {remark.kind}: {remark.message}"


def serialize_remark(remark: Remark) -> dict[str, object]:
    """The same for JSON; lines and columns count from 1."""
    place = remark.source.place(remark.span.start)
    return {
        "kind": remark.kind,
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "message": remark.message,
        "fatal": remark.fatal,
    }
