"""Operations that give a column its type."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.operation import (
    AddColumn,
    ChangeType,
    Column,
    ConstraintKind,
    CreateTable,
    Name,
    Operation,
    TypeName,
)
from rowkeep.domain.source import Span


@dataclass(frozen=True, slots=True)
class TypedColumn:
    """A column and its new type. span: the words to point at. is_key: it is the primary key by itself."""

    table: Name
    column: Name
    type: TypeName
    span: Span
    is_key: bool = False


def find_typed_columns(operation: Operation) -> Iterator[TypedColumn]:
    """The columns that the operation creates, or whose type it changes."""
    match operation:
        case CreateTable(table=table, columns=columns, constraints=constraints):
            keys = [each.columns for each in constraints if each.kind is ConstraintKind.PRIMARY_KEY]
            for column in columns:
                alone = column.has(ConstraintKind.PRIMARY_KEY) or any(key == (column.name,) for key in keys)
                yield from _of(table, column, is_key=alone)
        case AddColumn(table=table, column=column):
            yield from _of(table, column, is_key=column.has(ConstraintKind.PRIMARY_KEY))
        case ChangeType(table=table, column=column, type=kind, span=span):
            yield TypedColumn(table, column, kind, span)


def _of(table: Name, column: Column, *, is_key: bool) -> Iterator[TypedColumn]:
    if column.type is not None:
        yield TypedColumn(table, column.name, column.type, column.span, is_key)
