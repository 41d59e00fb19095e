"""Compares how the server understands the application's statements before and after the migrations."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import fields

from rowkeep.domain.deploy.application import (
    ApplicationCheck,
    ApplicationQuery,
    ChangeKind,
    PreparedStatement,
    StatementChange,
)
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.operation import Name, Operation
from rowkeep.domain.plan import Step
from rowkeep.domain.source import Place

_ORDERS = (
    ("smallint", "integer", "bigint"),
    ("real", "double precision"),
    ("character varying", "text"),
    ("character", "text"),
    ("json", "jsonb"),
)
"""Types in which each takes every value of those before it. The change is reported and breaks nothing by itself."""

_MODIFIER = compile_later(r"\([^)]*\)")


def find_statement_changes(
    query: ApplicationQuery, before: PreparedStatement, after: PreparedStatement
) -> Iterator[StatementChange]:
    """What is different for a statement that worked before."""
    statement = query.statement
    if after.error is not None:
        yield StatementChange(statement, ChangeKind.FAILS, after.error, breaks=True)
        return
    for column in after.missing:
        if column not in before.missing:
            message = f"leaves out {column}, which is now NOT NULL and has no default"
            yield StatementChange(statement, ChangeKind.MISSING_VALUE, message, breaks=True)
    for number, (old, new) in enumerate(zip(before.parameters, after.parameters, strict=False), 1):
        if old != new:
            message = f"${number} is {new} now; it was {old}"
            yield StatementChange(statement, ChangeKind.PARAMETER_TYPE, message, breaks=not is_wider(old, new))
    yield from _find_result_changes(query, before, after)
    for table in sorted(after.scans - before.scans):
        message = f"reads all of {table} now; before, it used an index"
        yield StatementChange(statement, ChangeKind.TABLE_SCAN, message, breaks=False)


def _find_result_changes(
    query: ApplicationQuery, before: PreparedStatement, after: PreparedStatement
) -> Iterator[StatementChange]:
    statement = query.statement
    new_types: dict[str, list[str]] = {}
    for name, type_ in after.columns:
        new_types.setdefault(name, []).append(type_)
    for name, old in before.columns:
        if name not in new_types:
            message = f"the result has no column {name} now"
            yield StatementChange(statement, ChangeKind.RESULT_COLUMN, message, breaks=True)
        elif old not in new_types[name]:
            new = new_types[name][0]
            message = f"the result's column {name} is {new} now; it was {old}"
            yield StatementChange(statement, ChangeKind.RESULT_TYPE, message, breaks=not is_wider(old, new))


def is_wider(old: str, new: str) -> bool:
    """Whether the type `new` has every value of `old`, and is of the same kind."""
    old, new = _MODIFIER.sub("", old), _MODIFIER.sub("", new)
    if old == new:
        return True
    return any(old in order and new in order[order.index(old) :] for order in _ORDERS)


def find_unaccepted_changes(check: ApplicationCheck, accepted: Collection[str]) -> tuple[StatementChange, ...]:
    """The changes that break a statement which nobody accepted by name."""
    return tuple(change for change in check.broken if change.statement.name not in accepted)


def find_place(query: ApplicationQuery, step: Step) -> Place | None:
    """The statement of the migration that names a table of the query, if exactly one does."""
    places = [
        piece.statement.place
        for piece in step.pieces
        if any(_is_table_of(query, name) for operation in piece.statement.operations for name in _names_of(operation))
    ]
    return places[0] if len(places) == 1 else None


def _names_of(operation: Operation) -> Iterator[Name]:
    for field in fields(operation):
        value = getattr(operation, field.name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, Name):
                yield item


def _is_table_of(query: ApplicationQuery, name: Name) -> bool:
    return any(
        name.name == table and (name.schema is None or schema is None or name.schema == schema)
        for schema, table in query.tables
    )
