"""CREATE TABLE without IF NOT EXISTS fails the second time.

## When

A table is created without `IF NOT EXISTS`, and nothing around it makes sure that it is not there: no `IF` around it,
no handler for `duplicate_table`, no drop before it. Temporary tables are no finding. In a transaction that holds the
whole migration, and takes all of it back when it fails, it is a note.

## Harm

A database that already has the table, because somebody made it by hand or restored it from elsewhere, cannot be
migrated until somebody mends the history.

## Unsafe

```sql
CREATE TABLE invoices (id bigint PRIMARY KEY);
```

## Safe

```sql
CREATE TABLE IF NOT EXISTS invoices (id bigint PRIMARY KEY);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CreateTable, Persistence

RULE = Rule(
    __name__,
    code="R001",
    category=Category.REPEAT,
    severity=Severity.WARNING,
    peers=("squawk:prefer-robust-stmts", "pgfence:prefer-robust-create-table", "safe-migrate:missing-idempotency"),
)


@RULE.on(CreateTable)
def check(operation: CreateTable, context: Context) -> Iterator[Violation]:
    """A lasting table."""
    if (
        operation.if_not_exists
        or operation.persistence is Persistence.TEMPORARY
        or context.is_guarded(operation, "duplicate_table")
    ):
        return
    if context.key(operation.table) in context.known.dropped:
        return
    yield Violation(
        operation.span,
        f"fails if {operation.table} is already there",
        f"CREATE TABLE IF NOT EXISTS {operation.table} (…);",
        doubtful=context.is_undone,
    )
