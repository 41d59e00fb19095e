"""CREATE TABLE without IF NOT EXISTS fails the second time.

## When

A table is created without `IF NOT EXISTS`, and nothing around it checks that the table is missing: no `IF`, no handler
for `duplicate_table`, no drop before it. Temporary tables are not findings. It is a note where one transaction holds
the whole migration, because a failure rolls all of it back.

## Harm

A database that already has the table, because somebody created it by hand or restored it, cannot be migrated until
somebody fixes the history.

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
    """A table that is not temporary."""
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
        f"fails if {operation.table} already exists",
        f"CREATE TABLE IF NOT EXISTS {operation.table} (<column> <type>);",
        doubtful=context.is_undone,
    )
