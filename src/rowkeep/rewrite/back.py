"""The down part of what was retired: it brings the table or column back, where it would have made an empty one."""

from __future__ import annotations

from rowkeep.domain.act import AddColumn, AddConstraint, CreateIndex, CreateTable, DropColumn, DropObject, Name
from rowkeep.domain.finding import Edit
from rowkeep.domain.statement import Parsed, Statement
from rowkeep.rewrite.clause import clause

_DEFAULT = "public"


def table_back(act: DropObject, down: Parsed, kept: str) -> tuple[Edit, ...]:
    """CREATE TABLE becomes the way back; its indexes and constraints come along. kept: where the table is meanwhile.

    Nothing, where the down part does not make the table once and by itself.
    """
    made = [each for each in down.statements if _makes(each, act.name)]
    if len(made) != 1:
        return ()
    schema = act.name.schema or _DEFAULT
    edits = [Edit(made[0].span, f"ALTER TABLE {kept} SET SCHEMA {schema}")]
    for statement in down.statements:
        first = statement.acts[0] if statement.acts else None
        if isinstance(first, CreateIndex | AddConstraint) and _is_same(first.table, act.name):
            # Its `;` becomes part of the comment.
            lines = statement.text.splitlines()
            edits.append(Edit(statement.span, "\n".join(f"-- came back with it: {line}" for line in lines)))
    return tuple(edits)


def column_back(act: DropColumn, down: Parsed, kept: str) -> tuple[Edit, ...]:
    """ADD COLUMN becomes the way back."""
    for statement in down.statements:
        first = statement.acts[0] if statement.acts else None
        if not isinstance(first, AddColumn) or not _is_same(first.table, act.table):
            continue
        only = clause(statement, first)
        if only is None or first.column.name.name != act.column.name:
            continue
        told = f"{only.head} RENAME COLUMN {kept} TO {act.column}"
        if first.column.is_not_null:
            # Rows that were written meanwhile may hold no value.
            told = f"-- when every row has a value: {only.head} ALTER COLUMN {act.column} SET NOT NULL\n{told}"
        return (Edit(statement.span, only.led(told)),)
    return ()


def _makes(statement: Statement, table: Name) -> bool:
    first = statement.acts[0] if len(statement.acts) == 1 else None
    return isinstance(first, CreateTable) and not first.inside and _is_same(first.table, table)


def _is_same(one: Name, other: Name) -> bool:
    return (one.schema or _DEFAULT, one.name) == (other.schema or _DEFAULT, other.name)
