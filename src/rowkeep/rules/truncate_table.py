"""TRUNCATE empties a table at once.

## When

A table is truncated that existed before this migration. `CASCADE` empties every table that refers to it, too.

## Harm

All rows are gone when the migration commits, and no `ON DELETE` trigger runs for them. The table is locked with
`ACCESS EXCLUSIVE`: readers wait as well. A transaction whose snapshot is older than the commit finds the table empty;
TRUNCATE is not MVCC-safe (manual, TRUNCATE).

## Given

```sql
CREATE TABLE carts (id bigint NOT NULL, left_at timestamptz);
```

## Unsafe

```sql
TRUNCATE carts;
```

```sql
DO 'begin truncate table carts restart identity cascade; end';
```

## Safe

Say which rows, and delete them in batches.

```sql
DELETE FROM carts WHERE id IN (
  SELECT id FROM carts WHERE left_at < now() - interval '90 days' LIMIT 5000
);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import Truncate

RULE = Rule(
    __name__,
    code="D005",
    category=Category.DATA,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-truncate-cascade",
        "pgfence:truncate",
        "pgfence:truncate-cascade",
        "pgls:banTruncate",
        "pgls:banTruncateCascade",
    ),
    claims=(LockClaim("carts", LockMode.ACCESS_EXCLUSIVE, rewrites=True),),
)


@RULE.on(Truncate)
def check(operation: Truncate, context: Context) -> Iterator[Violation]:
    """A table that this migration has not created."""
    if context.is_new(operation.table):
        return
    others = ", and of every table that refers to it" if operation.cascade else ""
    yield Violation(
        operation.span,
        f"deletes all rows of {operation.table}{others}",
        f"DELETE FROM {operation.table} WHERE id IN (SELECT id FROM {operation.table} WHERE <condition> LIMIT 5000);",
    )
