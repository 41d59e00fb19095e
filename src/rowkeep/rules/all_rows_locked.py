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

from rowkeep.domain.act import Reach, Read
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="L306",
    promise=Promise.LOCK,
    severity=Severity.ERROR,
    claims=(Claim("customers", LockMode.ROW_SHARE, scans=True),),
)


@RULE.on(Read)
def check(act: Read, context: Context) -> Iterator[Fault]:
    """A locking query over a whole table."""
    if not act.locks or act.limited or act.where.picks or act.where.reach is Reach.NONE:
        return
    tables = [name for name in act.tables if not context.is_new(name)]
    if tables:
        yield Fault(
            act.span,
            f"keeps every row of {tables[0]} that it reads locked until the migration commits ({act.locks})",
            f"SELECT … FROM {tables[0]} WHERE … LIMIT 500 {act.locks} SKIP LOCKED;",
            doubtful=act.where.reach is not Reach.ALL or context.is_doubtful(*tables),
        )
