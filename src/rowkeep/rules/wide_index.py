"""An index over more than three columns.

## When

An index that is not unique has more than three key columns.

## Harm

The columns behind the third rarely make a query faster; they make the index larger and each write slower. Columns that
are only to be read along belong into `INCLUDE`.

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

from rowkeep.domain.act import CreateIndex
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="Y200",
    promise=Promise.STYLE,
    severity=Severity.WARNING,
    peers=("strong_migrations:add_index_columns",),
)
MOST = 3


@RULE.on(CreateIndex)
def check(act: CreateIndex, context: Context) -> Iterator[Fault]:
    """Too many keys, unless they keep rows apart."""
    if len(act.columns) > MOST and not act.unique:
        first = ", ".join(str(column or "…") for column in act.columns[:MOST])
        yield Fault(
            act.span,
            f"has {len(act.columns)} key columns, and more than {MOST} rarely help",
            f"CREATE INDEX … ON {act.table} ({first}) INCLUDE (…);",
        )
