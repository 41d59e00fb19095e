"""A new column whose value differs from row to row: empty first, then filled in batches."""

from __future__ import annotations

import re

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.lint.finding import TextEdit
from rowkeep.domain.operation import AddColumn, ConstraintKind, Generated, Name
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Statement
from rowkeep.knowledge.forms.batches import batch_loop
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.rewrite.clause import Clause, find_clause
from rowkeep.rewrite.column import split_definition
from rowkeep.rewrite.naming import free_name, generated_name
from rowkeep.rewrite.recipe import Recipe, RecipeStep, enforcing, present, validate_step
from rowkeep.rewrite.schema_before import SchemaBefore

_FILLED = "-- Nothing to undo: the values go with the column."
_KEPT = ("COLLATE", "NOT", "NULL")
_SERIAL = compile_later(r"\S+\s+(?P<type>smallserial|bigserial|serial[248]?)(?:\s+NOT\s+NULL)?", re.IGNORECASE)
_INTEGERS = {
    "smallserial": "smallint",
    "serial2": "smallint",
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
}


def backfilled_column(operation: AddColumn, statement: Statement, schema_before: SchemaBefore) -> Recipe | None:
    """The column, its default for new rows, the old rows batch by batch, and NOT NULL once all of them are filled.

    None where the table's key is not one known column, by which the batches go, and for other words in the column.
    """
    column, only = operation.column, find_clause(statement, operation)
    key = schema_before.keys.get(operation.table.name)
    if only is None or only.if_exists or key is None or column.generated is not Generated.BY_USER:
        return None
    if any(each.kind is not ConstraintKind.NOT_NULL for each in column.constraints):
        return None
    first = (
        _default_steps(operation, statement, only)
        if column.default is not None
        else _numbered_steps(operation, statement, only, schema_before)
    )
    if first is None:
        return None
    steps = [RecipeStep(_batches(operation.table, str(column.name), quote_name(key)), outside=True, back=_FILLED)]
    if column.is_not_null or column.default is None:
        steps += _required_steps(operation, only, schema_before)
    return Recipe(first, later=tuple(steps))


def _required_steps(operation: AddColumn, only: Clause, schema_before: SchemaBefore) -> list[RecipeStep]:
    column, head = operation.column.name, only.head
    check = quote_name(free_name(operation.table.name, column.name, "present", schema_before.is_free))
    added = f"ADD {present(check, str(column))}"
    return [
        RecipeStep(f"{head} {added};", back=f"{head} DROP CONSTRAINT {check};"),
        validate_step(head, (check, added)),
        enforcing(head, [(check, str(column))], f"ALTER COLUMN {column} SET NOT NULL"),
    ]


def _default_steps(operation: AddColumn, statement: Statement, only: Clause) -> tuple[TextEdit, ...] | None:
    """The column without its default, which is set for the rows to come."""
    parts = split_definition(operation, statement)
    defaults = [part for part in parts if part.word == "DEFAULT"]
    if len(defaults) != 1 or any(part.word not in _KEPT and part is not defaults[0] for part in parts):
        return None
    if any(part.name for part in parts):
        return None
    kept = "".join(f" {part.text}" for part in parts if part.word == "COLLATE")
    later = f";\n{only.head} ALTER COLUMN {operation.column.name} SET DEFAULT {defaults[0].rest.strip()}"
    # The blank before the first part goes with it.
    start = len(statement.source.text[: parts[0].start].rstrip())
    return (TextEdit(Span(start, operation.column.span.end), kept), *_behind(statement, later))


def _numbered_steps(
    operation: AddColumn, statement: Statement, only: Clause, schema_before: SchemaBefore
) -> tuple[TextEdit, ...] | None:
    """What serial stands for (manual, 8.1.4): an integer, a sequence that it owns, and the default."""
    column, table = operation.column, operation.table
    found = _SERIAL.fullmatch(statement.source.text, column.span.start, column.span.end)
    sequence = generated_name(table.name, column.name.name, "seq")
    if found is None or operation.if_not_exists or not schema_before.is_free(sequence):
        return None
    name = f"{quote_name(table.schema)}.{quote_name(sequence)}" if table.schema else quote_name(sequence)
    kind = _INTEGERS[found["type"].lower()]
    literal = name.replace("'", "''")
    kept = (
        f";\nCREATE SEQUENCE IF NOT EXISTS {name} AS {kind} OWNED BY {table}.{column.name};\n"
        f"{only.head} ALTER COLUMN {column.name} SET DEFAULT nextval('{literal}')"
    )
    return (TextEdit(Span(found.start("type"), column.span.end), kind), *_behind(statement, kept))


def _behind(statement: Statement, text: str) -> tuple[TextEdit, ...]:
    end = statement.span.end
    return (TextEdit(Span(end, end), text),)


def _batches(table: Name, column: str, key: str) -> str:
    """Along the key, each batch committed; a second run takes up what is left."""
    return batch_loop(table, key, f"UPDATE {table} SET {column} = DEFAULT", f"{column} IS NULL")
