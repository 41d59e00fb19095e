"""SELECT … FOR UPDATE locks every row of a table.

## When

A query with `FOR UPDATE`, `FOR NO KEY UPDATE`, `FOR SHARE` or `FOR KEY SHARE`, also in a subquery, reads a table that
existed before this migration, with no condition that picks rows and no `LIMIT`.

## Harm

PostgreSQL writes to each row that the query reads, to mark the lock. The rows stay locked until the migration commits,
and every change of one of them waits.

## Given

```sql
CREATE TABLE customers (id bigint PRIMARY KEY, phone text);
```

## Unsafe

```sql
SELECT count(*) FROM (SELECT id FROM customers FOR UPDATE) AS locked;
```

## Safe

```sql
SELECT id FROM customers WHERE id BETWEEN 1 AND 500 FOR UPDATE SKIP LOCKED;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import Read, RowReach

RULE = Rule(
    __name__,
    code="L306",
    category=Category.LOCK,
    severity=Severity.ERROR,
    claims=(LockClaim("customers", LockMode.ROW_SHARE, scans=True),),
)


@RULE.on(Read)
def check(operation: Read, context: Context) -> Iterator[Violation]:
    """A locking query over a whole table."""
    if not operation.locks or operation.limited or operation.where.picks or operation.where.reach is RowReach.NONE:
        return
    tables = [name for name in operation.tables if not context.is_new(name)]
    if tables:
        yield Violation(
            operation.span,
            f"keeps every row of {tables[0]} that it reads locked until the migration commits ({operation.locks})",
            f"SELECT <columns> FROM {tables[0]} WHERE <condition> LIMIT 500 {operation.locks} SKIP LOCKED;",
            doubtful=operation.where.reach is not RowReach.ALL or context.is_doubtful(*tables),
        )
