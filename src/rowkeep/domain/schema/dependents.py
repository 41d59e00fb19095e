"""The known objects that a drop takes along, by name."""

from __future__ import annotations

from rowkeep.domain.lint.context import Context
from rowkeep.domain.operation import ConstraintKind, Generated, Name


def find_dependents(context: Context, name: Name, column: Name | None = None) -> tuple[str, ...]:
    """Views that read a relation (or that column of it), views that read those, and foreign keys that refer to it."""
    found: dict[str, None] = {}
    waiting = [(name, column)]
    while waiting:
        each, part = waiting.pop(0)
        for view in context.readers(each, part):
            words = f"the view {view.key[1]}"
            if words not in found:
                found[words] = None
                waiting.append((Name(view.key[1], view.key[0]), None))
    for table, key in context.referring(name):
        if column is None or column in (key.constraint.refers_to_columns or _primary_key(context, name)):
            found[f"the foreign key {key.name} of {table.key[1]}"] = None
    return tuple(found)


def _primary_key(context: Context, name: Name) -> tuple[Name, ...]:
    table = context.table(name)
    keys = (each.constraint for each in table.constraints) if table is not None else ()
    return next((key.columns for key in keys if key.kind is ConstraintKind.PRIMARY_KEY), ())


def find_callers(context: Context, function: Name) -> tuple[str, ...]:
    """Triggers that call a function."""
    key = context.key(function)
    triggers = context.known.triggers.items()
    return tuple(f"the trigger {name} on {table[1]}" for (table, name), called in triggers if called == key)


def generated_from(context: Context, table: Name, column: Name) -> tuple[str, ...]:
    """The generated columns of the table that are computed from the column."""
    known = context.table(table)
    return tuple(
        name
        for name, each in (known.columns.items() if known is not None else ())
        if each.generated in (Generated.STORED, Generated.VIRTUAL)
        and each.default is not None
        and column.name in each.default.columns
    )


def find_parts(context: Context, table: Name, column: Name) -> tuple[str, ...]:
    """Indexes and constraints that are dropped with a column although they use other columns too."""
    key, known = context.key(table), context.table(table)
    indexes = context.known.indexes.of(key)
    found = [
        f"the index {index.key[1]}"
        for index in indexes
        if (len(index.columns) > 1 and column.name in index.columns) or column.name in index.computed
    ]
    wide = (each for each in known.constraints if len(each.constraint.columns) > 1) if known is not None else ()
    found.extend(f"the constraint {each.name}" for each in wide if column in each.constraint.columns)
    return tuple(found)
