"""CLUSTER rewrites the table while nobody can use it.

## When

`CLUSTER` of a table that existed before this migration, or of all tables that were clustered before.

## Harm

The table is rewritten in the order of an index, and all its indexes with it, under an `ACCESS EXCLUSIVE` lock: every
query on it waits until that is done, SELECT too. Rows that are written later do not keep the order.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, placed_at date);
CREATE INDEX orders_placed_at_idx ON orders (placed_at);
```

## Unsafe

```sql
CLUSTER orders USING orders_placed_at_idx;
```

```sql
CLUSTER;
```

## Safe

```sql
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_placed_at_brin ON orders USING brin (placed_at);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import Cluster

RULE = Rule(
    __name__,
    code="L312",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=("squawk:prefer-repack",),
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE, rewrites=True, scans=True),),
)


@RULE.on(Cluster)
def check(operation: Cluster, context: Context) -> Iterator[Violation]:
    """CLUSTER of a table that somebody else uses."""
    if operation.table is not None and context.is_new(operation.table):
        return
    what = str(operation.table) if operation.table is not None else "every table that was clustered before"
    yield Violation(
        operation.span,
        f"rewrites {what}, while every query on it waits",
        Sentence("leave the table as it is, or use pg_repack, which sorts it while the application runs"),
        doubtful=operation.table is not None and context.is_doubtful(operation.table),
    )
