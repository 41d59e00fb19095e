"""A foreign key column has another type than the key it refers to.

## When

The types of both columns are known from the migrations, and differ: `integer` and `bigint`, `text` and `uuid`.
Lengths, `text` and `varchar`, and a serial column and an integer of its size, are not differences.

## Harm

A narrower column cannot hold the first key that exceeds it (`integer` at 2,147,483,647, SQLSTATE 22003). Comparisons
need a cast, which may keep joins from using an index. If the types cannot be compared at all, the statement fails
(42804).

## Unsafe

```sql
CREATE TABLE IF NOT EXISTS accounts (id bigint PRIMARY KEY, owner text);
CREATE TABLE IF NOT EXISTS account_notes (
  id         bigint PRIMARY KEY,
  account_id integer NOT NULL REFERENCES accounts (id),
  body       text
);
CREATE INDEX IF NOT EXISTS account_notes_account_id_idx ON account_notes (account_id);
```

## Safe

```sql
CREATE TABLE IF NOT EXISTS accounts (id bigint PRIMARY KEY, owner text);
CREATE TABLE IF NOT EXISTS account_notes (
  id         bigint PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES accounts (id),
  body       text
);
CREATE INDEX IF NOT EXISTS account_notes_account_id_idx ON account_notes (account_id);
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import (
    AddColumn,
    AddConstraint,
    Column,
    Constraint,
    ConstraintKind,
    CreateTable,
    Name,
    TypeName,
)
from rowkeep.domain.source import Span
from rowkeep.knowledge.types.type_conversions import TEXTS, stored_type

RULE = Rule(
    __name__,
    code="C111",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    peers=("online_migrations:mismatched_foreign_key_type",),
)


@RULE.on(CreateTable)
def check(operation: CreateTable, context: Context) -> Iterator[Violation]:
    """The keys of a new table, which may refer to itself."""
    columns = {column.name.name: column for column in operation.columns}
    at_columns = [(key, column.span) for column in operation.columns for key in column.constraints]
    for constraint, span in (*at_columns, *((key, key.span) for key in operation.constraints)):
        yield from _compare_types(operation.table, columns, constraint, span, operation.constraints, context)


@RULE.on(AddColumn)
def check_column(operation: AddColumn, context: Context) -> Iterator[Violation]:
    """The key of a new column."""
    for constraint in operation.column.constraints:
        yield from _compare_types(
            operation.table, {operation.column.name.name: operation.column}, constraint, operation.span, (), context
        )


@RULE.on(AddConstraint)
def check_constraint(operation: AddConstraint, context: Context) -> Iterator[Violation]:
    """A key on its own."""
    table = context.table(operation.table)
    if table is not None:
        yield from _compare_types(operation.table, table.columns, operation.constraint, operation.span, (), context)


def _compare_types(
    table: Name,
    columns: Mapping[str, Column],
    constraint: Constraint,
    span: Span,
    siblings: tuple[Constraint, ...],
    context: Context,
) -> Iterator[Violation]:
    other = constraint.refers_to
    if constraint.kind is not ConstraintKind.FOREIGN_KEY or other is None:
        return
    is_itself = context.same(table, other)
    known = context.table(other)
    theirs = columns if is_itself else known.columns if known is not None else {}
    keys = constraint.refers_to_columns or _find_primary_key(theirs, siblings if is_itself else (), context, other)
    for mine, key in zip(constraint.columns, keys, strict=False):
        own_type, their_type = _find_type(columns.get(mine.name), context), _find_type(theirs.get(key.name), context)
        if own_type is not None and their_type is not None and not _is_same_type(own_type, their_type):
            yield Violation(
                span,
                f"{table}.{mine} is {own_type} and refers to {other}.{key}, which is {their_type}",
                Sentence(f"write {mine} {their_type} REFERENCES {other} ({key})"),
            )


def _find_primary_key(
    columns: Mapping[str, Column], siblings: tuple[Constraint, ...], context: Context, table: Name
) -> tuple[Name, ...]:
    known = context.table(table)
    constraints = [*siblings]
    if known is not None:
        constraints += [constraint.constraint for constraint in known.constraints]
    for constraint in constraints:
        if constraint.kind is ConstraintKind.PRIMARY_KEY:
            return constraint.columns
    return tuple(column.name for column in columns.values() if column.has(ConstraintKind.PRIMARY_KEY))[:1]


def _find_type(column: Column | None, context: Context) -> TypeName | None:
    """Find the type of the stored values: an integer for a serial, the base type of a domain."""
    kind = column.type if column is not None else None
    while kind is not None and (domain := context.domain(kind)) is not None and domain.type != kind:
        kind = domain.type
    return stored_type(kind) if kind is not None else None


def _is_same_type(left: TypeName, right: TypeName) -> bool:
    return (left.name == right.name and left.is_array == right.is_array) or {left.name, right.name} <= TEXTS
