"""What a database counts as, as text and as JSON."""

from __future__ import annotations

from rowkeep.domain.history.environment import Environment


def format_environment(found: Environment) -> str:
    """`database shop counts as production: it has no mark`."""
    return f"database {found.identity.database} counts as {found.kind.value}: {found.why}"


def serialize_environment(found: Environment) -> dict[str, object]:
    """The same for `--output-format json`."""
    mark = found.mark
    return {
        "database": found.identity.database,
        "counts_as": found.kind.value,
        "why": found.why,
        "mark": None
        if mark is None
        else {
            "kind": mark.kind.value,
            "database": mark.identity.database,
            "at": mark.at.isoformat(),
            "role": mark.role,
            "because": mark.because,
        },
    }
