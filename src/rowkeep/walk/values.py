"""The tables whose values a rehearsal compares: those that the pending migrations are seen to update."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rowkeep.database.observe import unnoticed
from rowkeep.database.session import connect
from rowkeep.database.values import Values
from rowkeep.domain import act
from rowkeep.domain.plan import Plan


@contextmanager
def kept_values(conninfo: str, plan: Plan, major: int) -> Iterator[Values]:
    """Keep the values of those tables aside, in a session that stays open while the body migrates the copy."""
    with connect(conninfo, application="rowkeep rehearse", **unnoticed(major)) as session:
        values = Values(session)
        values.keep(updated(plan))
        yield values


def updated(plan: Plan) -> tuple[tuple[str | None, str], ...]:
    """Tables (schema or None, name) that a statement of the plan updates, also in a function or a DO block."""
    found: list[tuple[str | None, str]] = []
    for step in plan.steps:
        for piece in step.pieces:
            for one in (*piece.statement.acts, *(other for sent in piece.sends for other in sent.acts)):
                match one:
                    case act.Update(table=table) | act.Merge(table=table, updates=True):
                        found.append((table.schema, table.name))
                    case act.Insert(table=table, on_conflict="update"):
                        found.append((table.schema, table.name))
    return tuple(dict.fromkeys(found))
