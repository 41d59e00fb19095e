"""The environment of a database (production or not), as text and JSON."""

from __future__ import annotations

from rowkeep.domain.history.environment import Environment


def format_environment(environment: Environment) -> str:
    """`database shop counts as production: it has no mark`."""
    return f"database {environment.identity.database} counts as {environment.kind.value}: {environment.why}"


def serialize_environment(environment: Environment) -> dict[str, object]:
    """The same for `--output-format json`."""
    mark = environment.mark
    return {
        "database": environment.identity.database,
        "counts_as": environment.kind.value,
        "why": environment.why,
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
