"""An index over more than three columns.

## When

An index that is not unique has more than three key columns.

## Harm

The columns after the third rarely make a query faster; they make the index larger and each write slower. Put columns
that are only read into `INCLUDE`.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, a int, b int, c int, d int);
```

## Unsafe

```sql
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_idx ON orders (a, b, c, d);
```

## Safe

```sql
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_idx ON orders (a, b) INCLUDE (c, d);
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
    code="Y200",
    category=Category.STYLE,
    severity=Severity.WARNING,
    peers=("strong_migrations:add_index_columns",),
)
MOST = 3


@RULE.on(CreateIndex)
def check(operation: CreateIndex, context: Context) -> Iterator[Violation]:
    """Too many key columns, unless they make rows unique."""
    if len(operation.columns) > MOST and not operation.unique:
        first = ", ".join(str(column or "<column>") for column in operation.columns[:MOST])
        others = ", ".join(str(column or "<column>") for column in operation.columns[MOST:])
        name = operation.index or "<index>"
        yield Violation(
            operation.span,
            f"has {len(operation.columns)} key columns, and more than {MOST} rarely help",
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {operation.table} ({first}) INCLUDE ({others});",
        )
