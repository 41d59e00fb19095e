"""The migration uses a table or column that an earlier one has dropped or renamed.

## When

A statement changes, reads or writes a table or a column that earlier migrations have certainly dropped, moved or
renamed, and nothing has created again. Or it drops an index that was dropped with its column, constraint or table.
With `lint --database`, it uses something that the database does not have. `IF EXISTS` and a handler for the error are
not findings, and in a down part only such an index is one.

## Harm

The migration fails, but only where all the others have run before: in a new environment, or in production. This often
happens when two branches are merged.

## Given

```sql
CREATE TABLE customers (id bigint PRIMARY KEY, fax text);
```

## Unsafe

```sql
ALTER TABLE customers RENAME COLUMN fax TO telefax;
-- in the next migration:
ALTER TABLE customers ALTER COLUMN fax SET DEFAULT '';
```

## Safe

```sql
-- rowkeep: allow rename-column because no running version names it
ALTER TABLE customers RENAME COLUMN fax TO telefax;
-- in the next migration:
ALTER TABLE customers ALTER COLUMN telefax SET DEFAULT '';
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import (
    AddColumn,
    AddConstraint,
    AlterTable,
    ChangeDefault,
    ChangeType,
    ConstraintKind,
    CreateIndex,
    CreateTable,
    CreateTrigger,
    Delete,
    DropColumn,
    DropConstraint,
    DropNotNull,
    DropObject,
    Insert,
    Name,
    ObjectKind,
    Operation,
    Rename,
    SetNotNull,
    SetSchema,
    Truncate,
    Update,
)
from rowkeep.domain.source import Source, Span

RULE = Rule(
    __name__,
    code="T304",
    category=Category.TRANSACTION,
    severity=Severity.ERROR,
    peers=("safe-migrate:schema-drift", "safe-migrate:chain-conflict"),
)
_DROPPED = (ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW, ObjectKind.INDEX, ObjectKind.SEQUENCE)
_OWNED = (ObjectKind.INDEX, ObjectKind.SEQUENCE)
_GUARD = compile_later(r"\bIF\s+EXISTS\b", re.IGNORECASE)
_USE_NEW_NAME = Sentence("use the name that it has now")
_LEAVE_OUT = Sentence("leave the statement out")
_ADD_IF_EXISTS = Sentence("leave the statement out, or add IF EXISTS")


def check(operation: Operation, context: Context) -> Iterator[Violation]:
    """An operation that names something that is gone."""
    table, columns = _find_names(operation)
    if (
        table is None
        or context.is_down
        or context.is_guarded(operation, "undefined_")
        or _is_guarded(operation, context)
    ):
        return
    if context.known.is_exact and (missing := _find_missing(operation, table, columns, context)):
        yield Violation(operation.span, f"fails: the database has no {missing}", _USE_NEW_NAME)
        return
    key, gone = context.key(table), context.known.gone
    if (key, "") in gone:
        yield Violation(operation.span, f"fails: the migrations have dropped or renamed {table}", _USE_NEW_NAME)
        return
    for column in columns:
        if (key, column.name) in gone:
            message = f"fails: the migrations have dropped or renamed the column {column} of {table}"
            yield Violation(operation.span, message, _USE_NEW_NAME)


def _find_missing(operation: Operation, table: Name, columns: tuple[Name, ...], context: Context) -> str:
    """Say what the server lacks. PostgreSQL adds columns before it looks at the rest of an ALTER TABLE."""
    if context.is_absent(table):
        return str(table)
    siblings = context.statement.operations if context.statement is not None else ()
    added = {other.column.name for other in siblings if isinstance(other, AddColumn)}
    # The names in an expression may be more than columns.
    if isinstance(operation, AddConstraint) and operation.constraint.kind is ConstraintKind.CHECK:
        columns = ()
    lacking = next((column for column in columns if column not in added and context.lacks(table, column)), None)
    return f"column {lacking} in {table}" if lacking is not None else ""


def _check_drop(operation: DropObject, context: Context) -> Iterator[Violation]:
    """A drop without IF EXISTS of what a server does not have."""
    if operation.if_exists or context.is_guarded(operation, "undefined_"):
        return
    taken = context.known.taken.get(context.key(operation.name)) if operation.kind in _OWNED else None
    if taken is not None and context.index(operation.name) is None:
        yield Violation(
            operation.span,
            f"fails: the {operation.kind.value} {operation.name} was dropped with {taken}",
            _LEAVE_OUT,
        )
        return
    if operation.on is not None and not any(_is_unsure(other) for other in context.before):
        for other in context.before:
            if (
                isinstance(other, DropObject)
                and other.kind is ObjectKind.TABLE
                and context.same(other.name, operation.on)
            ):
                message = (
                    f"fails: the {operation.kind.value} {operation.name} was dropped with the table {operation.on}"
                )
                yield Violation(operation.span, message, _LEAVE_OUT)
                return
    unguarded = not context.is_down
    if operation.kind in _DROPPED and unguarded and context.known.is_exact and context.is_absent(operation.name):
        yield Violation(
            operation.span, f"fails: the database has no {operation.kind.value} {operation.name}", _ADD_IF_EXISTS
        )


def _check_constraint(operation: DropConstraint, context: Context) -> Iterator[Violation]:
    """A constraint that was dropped with its column."""
    table = context.table(operation.table)
    if operation.if_exists or table is None or context.is_guarded(operation, "undefined_"):
        return
    went = context.known.taken_constraints.get((table.key, operation.constraint.name))
    if went is not None:
        yield Violation(
            operation.span, f"fails: the constraint {operation.constraint} was dropped with {went}", _LEAVE_OUT
        )


def _is_unsure(operation: Operation) -> bool:
    """Whether an operation of the section may create a table again under a dropped name, or may not run."""
    return isinstance(operation, CreateTable | Rename | SetSchema) or bool(operation.inside)


def _find_names(operation: Operation) -> tuple[Name | None, tuple[Name, ...]]:
    """Find the table that must exist, and the columns that it must have."""
    match operation:
        case ChangeType() | ChangeDefault() | SetNotNull() | DropNotNull():
            return operation.table, (operation.column,)
        case DropColumn(if_exists=False):
            return operation.table, (operation.column,)
        case CreateIndex(table=table, columns=keys):
            return table, tuple(key for key in keys if key is not None)
        case AddConstraint(table=table, constraint=constraint):
            return table, constraint.columns
        case Update(table=table, columns=columns) | Insert(table=table, columns=columns):
            return table, columns
        case Rename(kind=ObjectKind.COLUMN, name=name, part=Name() as part):
            return name, (part,)
        case AddColumn(table=table) | Delete(table=table) | Truncate(table=table) | CreateTrigger(table=table):
            return table, ()
        case AlterTable(table=table, kind="table") if table.name:
            return table, ()
    return None, ()


def _is_guarded(operation: Operation, context: Context) -> bool:
    statement = context.statement
    return statement is not None and not operation.inside and _has_if_exists(statement.source, statement.span)


@lru_cache(maxsize=16)
def _has_if_exists(source: Source, span: Span) -> bool:
    """Whether the statement contains IF EXISTS. Once for all its operations: one ALTER TABLE may have thousands."""
    return _GUARD.search(source.text, span.start, span.end) is not None


for _kind in (
    AddColumn,
    AddConstraint,
    AlterTable,
    ChangeDefault,
    ChangeType,
    CreateIndex,
    CreateTrigger,
    Delete,
    DropColumn,
    DropNotNull,
    Insert,
    Rename,
    SetNotNull,
    Truncate,
    Update,
):
    RULE.on(_kind)(check)
RULE.on(DropObject)(_check_drop)
RULE.on(DropConstraint)(_check_constraint)
