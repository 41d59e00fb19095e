"""The columns that a view depends on, as far as its text says."""

from __future__ import annotations

from rowkeep.domain.lint.context import Context
from rowkeep.domain.operation import CreateView
from rowkeep.domain.schema.schema_state import Key, KnownView


def view_state(operation: CreateView, context: Context) -> KnownView:
    """The view with the columns that it needs for certain; a column that may be of two relations is of none."""
    reads = tuple(dict.fromkeys(context.key(name) for name in operation.reads))
    needs: set[tuple[Key, str]] = set()
    whole: list[tuple[Key, frozenset[str]]] = []
    for name, column in operation.uses:
        if name is None:
            possible = [key for key in reads if _may_have(context, key, column)]
            needs.update((key, column) for key in possible if len(possible) == 1)
        elif column != "*":
            needs.add((context.key(name), column))
        else:
            key = context.key(name)
            columns = _columns(context, key)
            needs.update((key, each) for each in columns or ())
            if columns is None:
                table = context.known.tables.get(key)
                whole.append((key, frozenset(table.columns if table is not None else ())))
    return KnownView(
        context.key(operation.view),
        reads,
        context.number,
        operation.columns,
        frozenset(needs),
        tuple(whole),
        operation.is_materialized,
    )


def _columns(context: Context, key: Key) -> tuple[str, ...] | None:
    """All columns of a relation, None where not all are known."""
    view = context.known.views.get(key)
    if view is not None:
        return view.columns
    table = context.known.tables.get(key)
    return tuple(table.columns) if table is not None and table.is_complete else None


def _may_have(context: Context, key: Key, column: str) -> bool:
    columns = _columns(context, key)
    return columns is None or column in columns
