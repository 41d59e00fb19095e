"""CREATE INDEX without IF NOT EXISTS fails the second time.

## When

An index is created without `IF NOT EXISTS` on a table that the migration has not made itself, and nothing around it
makes sure that it is not there. In a transaction that holds the whole migration, and takes all of it back when it
fails, it is a note.

## Harm

A database that already has the index cannot be migrated until somebody mends the history. A build with `CONCURRENTLY`
is not rolled back when the migration stops later, so the next run meets its index.

## Given

```sql
CREATE TABLE users (id bigint PRIMARY KEY, email text);
```

## Unsafe

```sql
CREATE INDEX CONCURRENTLY users_email_idx ON users (email);
```

## Safe

`IF NOT EXISTS` needs a name. An index that a broken build has left behind is invalid and still there; Rowkeep builds
it anew when it resumes.

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
        message = f"makes another index on {operation.table} each time it runs, as it has no name"
    elif known:
        message = f"fails: the index {operation.index} is already there"
    else:
        message = f"fails if the index {operation.index} is already there"
    concurrently = "CONCURRENTLY " if operation.concurrently else ""
    unique = "UNIQUE " if operation.unique else ""
    source = context.statement.source if context.statement is not None else context.migration.source
    what = index_definition(operation, source)
    name = operation.index or f"{operation.table.name}_…_idx"
    yield Violation(
        operation.span,
        message,
        f"CREATE {unique}INDEX {concurrently}IF NOT EXISTS {name} ON {operation.table} {what};",
        doubtful=context.is_undone and not known,
    )
