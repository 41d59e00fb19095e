"""SELECT … FOR UPDATE locks every row of a table.

## When

A query with `FOR UPDATE`, `FOR NO KEY UPDATE`, `FOR SHARE` or `FOR KEY SHARE`, also in a sub-select, reads a table
that was there before this migration without a condition that picks rows, and without a `LIMIT`.

## Harm

Each row that it reads is written to, to mark the lock, and stays locked until the migration commits: every change of
any of them waits.

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
            f"SELECT … FROM {tables[0]} WHERE … LIMIT 500 {operation.locks} SKIP LOCKED;",
            doubtful=operation.where.reach is not RowReach.ALL or context.is_doubtful(*tables),
        )
