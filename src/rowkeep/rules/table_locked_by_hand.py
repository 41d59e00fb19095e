"""LOCK TABLE blocks the application on purpose.

## When

`LOCK TABLE` in a mode that stops writers (`SHARE` and stronger; without a mode it is `ACCESS EXCLUSIVE`, which stops
readers as well), on a table that existed before this migration.

## Harm

Everybody who wants to write to the table waits until the migration commits. A transaction that takes a weaker lock
first and a stronger one later deadlocks with any other that does the same.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
```

## Unsafe

```sql
LOCK TABLE orders;
```

```sql
LOCK TABLE orders IN SHARE MODE NOWAIT;
```

## Safe

Every statement takes the lock that it needs. To protect rows from changes, lock the rows.

```sql
SELECT id FROM orders WHERE id = 1 FOR UPDATE;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import LockTable

RULE = Rule(
    __name__,
    code="L305",
    category=Category.LOCK,
    severity=Severity.ERROR,
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(LockTable)
def check(operation: LockTable, context: Context) -> Iterator[Violation]:
    """A mode that stops others."""
    mode = LockMode(operation.mode)
    if not mode.blocks_writes or context.is_new(operation.table):
        return
    who = "read or write" if mode.blocks_reads else "write to"
    yield Violation(
        operation.span,
        f"lets nobody {who} {operation.table} until the migration commits ({mode.sql})",
        Sentence("leave it out: every statement takes the lock that it needs"),
        doubtful=context.is_doubtful(operation.table),
    )
