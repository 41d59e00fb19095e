"""ADD COLUMN without IF NOT EXISTS fails the second time.

## When

A column is added without `IF NOT EXISTS` to a table that the migration has not created itself, and nothing around it
checks that the column is missing: no `IF`, no handler for `duplicate_column`. It is a note where one transaction holds
the whole migration, because a failure rolls all of it back.

## Harm

A database that already has the column cannot be migrated until somebody fixes the history.

## Given

```sql
CREATE TABLE users (id bigint PRIMARY KEY);
```

## Unsafe

```sql
ALTER TABLE users ADD COLUMN nickname text;
```

## Safe

```sql
ALTER TABLE users ADD COLUMN IF NOT EXISTS nickname text;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AddColumn

RULE = Rule(
    __name__,
    code="R002",
    category=Category.REPEAT,
    severity=Severity.WARNING,
    peers=("squawk:prefer-robust-stmts", "safe-migrate:missing-idempotency"),
)


@RULE.on(AddColumn)
def check(operation: AddColumn, context: Context) -> Iterator[Violation]:
    """A column of a table that was there before."""
    if operation.if_not_exists or context.is_new(operation.table) or context.is_guarded(operation, "duplicate_column"):
        return
    column = operation.column.name
    kind = operation.column.type or "<type>"
    yield Violation(
        operation.span,
        f"fails if {operation.table} already has the column {column}",
        f"ALTER TABLE {operation.table} ADD COLUMN IF NOT EXISTS {column} {kind};",
        doubtful=context.is_undone,
    )
