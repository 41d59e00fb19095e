"""A new column whose value differs from row to row: empty first, then filled in batches."""

from __future__ import annotations

import re

from rowkeep.domain.act import AddColumn, ConstraintKind, Generated, Name
from rowkeep.domain.finding import Edit
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Statement
from rowkeep.knowledge.batches import batches
from rowkeep.knowledge.keywords import quoted
from rowkeep.rewrite.clause import Clause, clause
from rowkeep.rewrite.column import definition
from rowkeep.rewrite.ground import Ground
from rowkeep.rewrite.naming import free_name, made_name
from rowkeep.rewrite.recipe import Recipe, Step, enforcing, present, validating

_FILLED = "-- Nothing to undo: the values go with the column."
_KEPT = ("COLLATE", "NOT", "NULL")
_SERIAL = re.compile(r"\S+\s+(?P<type>smallserial|bigserial|serial[248]?)(?:\s+NOT\s+NULL)?", re.IGNORECASE)
_INTEGERS = {
    "smallserial": "smallint",
    "serial2": "smallint",
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
}


def filled(act: AddColumn, statement: Statement, told: Ground) -> Recipe | None:
    """The column, its default for new rows, the old rows batch by batch, and NOT NULL once all of them are filled.

    None where the table's key is not one known column, by which the batches go, and for other words in the column.
    """
    column, only = act.column, clause(statement, act)
    key = told.keys.get(act.table.name)
    if only is None or only.if_exists or key is None or column.generated is not Generated.BY_USER:
        return None
    if any(each.kind is not ConstraintKind.NOT_NULL for each in column.constraints):
        return None
    first = _defaulted(act, statement, only) if column.default is not None else _numbered(act, statement, only, told)
    if first is None:
        return None
    steps = [Step(_batches(act.table, str(column.name), quoted(key)), outside=True, back=_FILLED)]
    if column.is_not_null or column.default is None:
        steps += _required(act, only, told)
    return Recipe(first, later=tuple(steps))


def _required(act: AddColumn, only: Clause, told: Ground) -> list[Step]:
    column, head = act.column.name, only.head
    check = quoted(free_name(act.table.name, column.name, "present", told.is_free))
    added = f"ADD {present(check, str(column))}"
    return [
        Step(f"{head} {added};", back=f"{head} DROP CONSTRAINT {check};"),
        validating(head, (check, added)),
        enforcing(head, [(check, str(column))], f"ALTER COLUMN {column} SET NOT NULL"),
    ]


def _defaulted(act: AddColumn, statement: Statement, only: Clause) -> tuple[Edit, ...] | None:
    """The column without its default, which is set for the rows to come."""
    parts = definition(act, statement)
    defaults = [part for part in parts if part.word == "DEFAULT"]
    if len(defaults) != 1 or any(part.word not in _KEPT and part is not defaults[0] for part in parts):
        return None
    if any(part.name for part in parts):
        return None
    kept = "".join(f" {part.text}" for part in parts if part.word == "COLLATE")
    later = f";\n{only.head} ALTER COLUMN {act.column.name} SET DEFAULT {defaults[0].rest.strip()}"
    # The blank before the first part goes with it.
    start = len(statement.source.text[: parts[0].start].rstrip())
    return (Edit(Span(start, act.column.span.end), kept), *_behind(statement, later))


def _numbered(act: AddColumn, statement: Statement, only: Clause, told: Ground) -> tuple[Edit, ...] | None:
    """What serial stands for (manual, 8.1.4): an integer, a sequence that it owns, and the default."""
    column, table = act.column, act.table
    found = _SERIAL.fullmatch(statement.source.text, column.span.start, column.span.end)
    sequence = made_name(table.name, column.name.name, "seq")
    if found is None or act.if_not_exists or not told.is_free(sequence):
        return None
    name = f"{quoted(table.schema)}.{quoted(sequence)}" if table.schema else quoted(sequence)
    kind = _INTEGERS[found["type"].lower()]
    literal = name.replace("'", "''")
    kept = (
        f";\nCREATE SEQUENCE IF NOT EXISTS {name} AS {kind} OWNED BY {table}.{column.name};\n"
        f"{only.head} ALTER COLUMN {column.name} SET DEFAULT nextval('{literal}')"
    )
    return (Edit(Span(found.start("type"), column.span.end), kind), *_behind(statement, kept))


def _behind(statement: Statement, text: str) -> tuple[Edit, ...]:
    end = statement.span.end
    return (Edit(Span(end, end), text),)


def _batches(table: Name, column: str, key: str) -> str:
    """Along the key, each batch committed; a second run takes up what is left."""
    return batches(table, key, f"UPDATE {table} SET {column} = DEFAULT", f"{column} IS NULL")
