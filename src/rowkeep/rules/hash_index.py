"""A hash index where a B-tree does the same and more.

## When

An index is created `USING hash`.

## Harm

It only supports `=`, over one column, and cannot be unique. A B-tree of the same column is as fast for that, and also
sorts rows.

## Given

```sql
CREATE TABLE users (id bigint PRIMARY KEY, token text);
```

## Unsafe

```sql
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_token_idx ON users USING hash (token);
```

## Safe

```sql
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_token_idx ON users (token);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CreateIndex

RULE = Rule(
    __name__,
    code="Y201",
    category=Category.STYLE,
    severity=Severity.WARNING,
    peers=("online_migrations:hash_index",),
)


@RULE.on(CreateIndex)
def check(operation: CreateIndex, context: Context) -> Iterator[Violation]:
    """USING hash."""
    if operation.method == "hash":
        name = operation.index or "<index>"
        columns = ", ".join(str(column) if column is not None else "<column>" for column in operation.columns)
        yield Violation(
            operation.span,
            f"a hash index on {operation.table} supports only =",
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {operation.table} ({columns});",
        )
