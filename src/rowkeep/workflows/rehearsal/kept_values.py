"""The tables whose values a rehearsal compares: those that the pending migrations update."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rowkeep.database.catalog.kept_values import Values
from rowkeep.database.catalog.table_contents import without_event_triggers
from rowkeep.database.connection.session import connect
from rowkeep.domain import operation
from rowkeep.domain.plan import Plan


@contextmanager
def keep_values(conninfo: str, plan: Plan, major: int) -> Iterator[Values]:
    """Save the values of those tables, in a session that stays open while the block migrates the copy."""
    with connect(conninfo, application="rowkeep rehearse", **without_event_triggers(major)) as session:
        values = Values(session)
        values.keep(find_updated_columns(plan))
        yield values


def find_updated_columns(plan: Plan) -> tuple[tuple[str | None, str], ...]:
    """Tables (schema or None, name) that a statement of the plan updates, also in a function or a DO block."""
    tables: list[tuple[str | None, str]] = []
    for step in plan.steps:
        for piece in step.pieces:
            sent = [each for statement in piece.sends for each in statement.operations]
            for each in (*piece.statement.operations, *sent):
                match each:
                    case operation.Update(table=table) | operation.Merge(table=table, updates=True):
                        tables.append((table.schema, table.name))
                    case operation.Insert(table=table, on_conflict="update"):
                        tables.append((table.schema, table.name))
    return tuple(dict.fromkeys(tables))
