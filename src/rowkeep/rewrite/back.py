"""The down part of what was retired: it brings the table or column back, where it would have made an empty one."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rowkeep.domain.act import (
    AddColumn,
    AddConstraint,
    AttachPartition,
    CreateIndex,
    CreateTable,
    DetachPartition,
    DropColumn,
    DropObject,
    Name,
)
from rowkeep.domain.finding import Edit
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Parsed, Statement
from rowkeep.knowledge.keywords import quoted
from rowkeep.rewrite.clause import bare, head_of, remarks
from rowkeep.rewrite.ground import Ground
from rowkeep.rewrite.naming import default_index, default_name, made_name
from rowkeep.rewrite.tear import is_listed

_DEFAULT = "public"


def table_back(act: DropObject, down: Parsed, kept: str, parents: Sequence[str] = ()) -> tuple[Edit, ...]:
    """CREATE TABLE becomes the way back; its indexes and constraints come along. kept: where the table is meanwhile.
    parents: what it inherits from.

    Nothing, where the down part does not make the table once and by itself.
    """
    made = [each for each in down.statements if _makes(each, act.name)]
    if len(made) != 1:
        return ()
    schema = act.name.schema or _DEFAULT
    told = f"ALTER TABLE {kept} SET SCHEMA {quoted(schema)}"
    told += "".join(f";\nALTER TABLE {quoted(schema)}.{quoted(act.name.name)} INHERIT {parent}" for parent in parents)
    edits = [Edit(made[0].span, told)]
    for statement in down.statements:
        first = statement.acts[0] if statement.acts else None
        if isinstance(first, CreateIndex | AddConstraint) and _is_same(first.table, act.name):
            edits.append(_came_back(statement))
    return tuple(edits)


def comes_attached(act: DropObject, down: Parsed) -> bool:
    """Whether the down part makes the table as a partition or an inheritance child of another."""
    made = [each for statement in down.statements for each in statement.acts if isinstance(each, CreateTable)]
    return any((each.partition_of or each.inherits) and _is_same(each.table, act.name) for each in made)


def column_back(act: DropColumn, down: Parsed, kept: str, relations: Collection[str]) -> tuple[Edit, ...] | None:
    """ADD COLUMN becomes the way back; the table's `relations` on the column come along. Nothing, where none is there.

    None where the down part adds the column in a way that cannot be changed: it would come back empty.
    """
    edits: tuple[Edit, ...] = ()
    for statement in down.statements:
        for each in statement.acts:
            if isinstance(each, AddColumn) and _is_same(each.table, act.table) and each.column.name == act.column:
                edit = _renamed(statement, each, kept)
                if edit is None or edits:
                    return None
                edits = (edit,)
    if edits:
        edits += tuple(_came_back(each) for each in down.statements if _comes_along(each, act, relations))
    return edits


def _renamed(statement: Statement, act: AddColumn, kept: str) -> Edit | None:
    """The statement with RENAME in the place of ADD COLUMN, which can stand beside no other clause."""
    if act.inside:
        return None
    head, column = head_of(statement), act.column.name
    if head is None or not (len(statement.acts) == 1 or is_listed(statement)):
        return None
    told = f"{head} RENAME COLUMN {kept} TO {column}"
    if act.column.is_not_null:
        # Rows that were written meanwhile may hold no value.
        told = f"-- when every row has a value: {head} ALTER COLUMN {column} SET NOT NULL\n{told}"
    text = statement.source.text
    others = [bare(text, each.span.start, each.span.end) for each in statement.acts if each is not act]
    lines = [*remarks(statement), *([f"{head} {', '.join(others)};"] if others else []), told]
    return Edit(statement.span, "\n".join(lines))


def _comes_along(statement: Statement, act: DropColumn, relations: Collection[str]) -> bool:
    """Whether a statement of the down part makes an index or constraint that the column has kept all the time."""
    first = statement.acts[0] if len(statement.acts) == 1 else None
    if not isinstance(first, CreateIndex | AddConstraint) or not _is_same(first.table, act.table):
        return False
    if isinstance(first, CreateIndex):
        name = first.index.name if first.index is not None else default_index(first)
        return name in relations
    name = (
        first.constraint.name.name
        if first.constraint.name is not None
        else default_name(first.table, first.constraint)
    )
    return act.column in first.constraint.columns and name in relations


def _came_back(statement: Statement) -> Edit:
    """Its `;` becomes part of the comment."""
    lines = statement.text.splitlines()
    return Edit(statement.span, "\n".join(f"-- came back with it: {line}" for line in lines))


def attached_back(act: DetachPartition, down: Parsed, told: Ground) -> tuple[Edit, ...]:
    """DETACH CONCURRENTLY leaves a CHECK of the bound on the partition: it is dropped behind the down part's ATTACH.

    Nothing, where the name that PostgreSQL gives that CHECK cannot be foreseen.
    """
    column = told.partition_keys.get(act.table.name)
    name = made_name(act.partition.name, column, "check") if column is not None else ""
    if not name or not told.is_free(name):
        return ()
    end = f";\nALTER TABLE {act.partition} DROP CONSTRAINT IF EXISTS {quoted(name)}"
    return tuple(
        Edit(Span(statement.span.end, statement.span.end), end)
        for statement in down.statements
        for each in statement.acts
        if isinstance(each, AttachPartition) and _is_same(each.partition, act.partition)
    )


def _makes(statement: Statement, table: Name) -> bool:
    first = statement.acts[0] if len(statement.acts) == 1 else None
    return isinstance(first, CreateTable) and not first.inside and _is_same(first.table, table)


def _is_same(one: Name, other: Name) -> bool:
    return (one.schema or _DEFAULT, one.name) == (other.schema or _DEFAULT, other.name)
