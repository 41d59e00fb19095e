"""DROP without IF EXISTS, outside a transaction, fails the second time.

## When

In a migration that no transaction holds, something is dropped without `IF EXISTS` (also a column or a constraint) that
the migration has not created itself, and nothing around it checks that it exists. Where one transaction holds the
migration, a drop that fails is a good sign that the database is not what you expected.

## Harm

The drop stays when the migration stops later, and the next run fails on it: it cannot continue until somebody fixes
the file or the history.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, legacy_ref text);
CREATE INDEX orders_legacy_ref_idx ON orders (legacy_ref);
```

## Unsafe

```sql
DROP INDEX CONCURRENTLY orders_legacy_ref_idx;
```

## Safe

```sql
DROP INDEX CONCURRENTLY IF EXISTS orders_legacy_ref_idx;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import DropColumn, DropConstraint, DropObject, Operation

RULE = Rule(
    __name__,
    code="R302",
    category=Category.REPEAT,
    severity=Severity.WARNING,
    peers=(
        "squawk:prefer-robust-stmts",
        "pgfence:prefer-robust-drop-table",
        "pgfence:prefer-robust-drop-index",
        "safe-migrate:missing-idempotency",
        "pgls:preferRobustStmts",
    ),
)


@RULE.on(DropObject)
def check_object(operation: DropObject, context: Context) -> Iterator[Violation]:
    """DROP of a named object."""
    own = operation.on if operation.on is not None else operation.name
    if operation.if_exists or context.is_new(own) or context.has_made(operation.kind, operation.name):
        return
    word = operation.kind.value.upper() + (" CONCURRENTLY" if operation.concurrently else "")
    where = f" ON {operation.on}" if operation.on is not None else ""
    yield from _check_guard(
        operation,
        f"the {operation.kind.value} {operation.name}",
        f"DROP {word} IF EXISTS {operation.name}{where};",
        context,
    )


@RULE.on(DropColumn)
def check_column(operation: DropColumn, context: Context) -> Iterator[Violation]:
    """ALTER TABLE … DROP COLUMN."""
    if (
        not operation.if_exists
        and not context.is_new(operation.table)
        and not context.has_added(operation.table, operation.column)
    ):
        hint = f"ALTER TABLE {operation.table} DROP COLUMN IF EXISTS {operation.column};"
        yield from _check_guard(operation, f"the column {operation.column} of {operation.table}", hint, context)


@RULE.on(DropConstraint)
def check_constraint(operation: DropConstraint, context: Context) -> Iterator[Violation]:
    """ALTER TABLE … DROP CONSTRAINT."""
    known = context.table(operation.table)
    own = known.constraint(operation.constraint) if known is not None else None
    if operation.if_exists or context.is_new(operation.table) or (own is not None and own.migration == context.number):
        return
    hint = f"ALTER TABLE {operation.table} DROP CONSTRAINT IF EXISTS {operation.constraint};"
    yield from _check_guard(operation, f"the constraint {operation.constraint} of {operation.table}", hint, context)


def _check_guard(operation: Operation, what: str, hint: str, context: Context) -> Iterator[Violation]:
    if context.alone and not context.is_guarded(operation, "undefined_"):
        yield Violation(operation.span, f"fails if {what} does not exist any more", hint)
