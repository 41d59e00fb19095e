"""CREATE INDEX without IF NOT EXISTS fails the second time.

## When

An index is created without `IF NOT EXISTS` on a table that the migration has not created itself, and nothing around it
checks that the index is missing. It is a note where one transaction holds the whole migration, because a failure rolls
all of it back.

## Harm

A database that already has the index cannot be migrated until somebody fixes the history. A build with `CONCURRENTLY`
is not rolled back when the migration stops later, so the next run finds its index in the way.

## Given

```sql
CREATE TABLE users (id bigint PRIMARY KEY, email text);
```

## Unsafe

```sql
CREATE INDEX CONCURRENTLY users_email_idx ON users (email);
```

## Safe

`IF NOT EXISTS` needs a name. A failed build leaves an invalid index; Rowkeep rebuilds it when it resumes.

```sql
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_email_idx ON users (email);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CreateIndex
from rowkeep.knowledge.forms import recipes
from rowkeep.knowledge.forms.index_columns import index_definition

RULE = Rule(
    __name__,
    code="R003",
    category=Category.REPEAT,
    severity=Severity.WARNING,
    peers=("squawk:prefer-robust-stmts", "pgfence:prefer-robust-create-index", "safe-migrate:missing-idempotency"),
)


@RULE.on(CreateIndex)
def check(operation: CreateIndex, context: Context) -> Iterator[Violation]:
    """An index of a table that was there before."""
    if operation.if_not_exists or context.is_new(operation.table) or context.is_guarded(operation, "duplicate_table"):
        return
    known = operation.index is not None and context.index(operation.index) is not None
    if operation.index is None:
        message = f"creates another index on {operation.table} each time it runs, because it has no name"
    elif known:
        message = f"fails: the index {operation.index} already exists"
    else:
        message = f"fails if the index {operation.index} already exists"
    concurrently = "CONCURRENTLY " if operation.concurrently else ""
    unique = "UNIQUE " if operation.unique else ""
    source = context.statement.source if context.statement is not None else context.migration.source
    what = index_definition(operation, source)
    name = operation.index or recipes.join_names(
        operation.table.name, *(column.name for column in operation.columns if column is not None), "idx"
    )
    yield Violation(
        operation.span,
        message,
        f"CREATE {unique}INDEX {concurrently}IF NOT EXISTS {name} ON {operation.table} {what};",
        doubtful=context.is_undone and not known,
    )
