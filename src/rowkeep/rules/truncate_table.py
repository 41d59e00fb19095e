"""TRUNCATE empties a table at once.

## When

A table is truncated that was there before this migration. `CASCADE` empties every table that refers to it, too.

## Harm

All rows are gone when the migration commits, and no `ON DELETE` trigger has seen them go. The table is locked with
`ACCESS EXCLUSIVE`: readers wait as well. A snapshot that is older than the commit finds the table empty, which is not
MVCC-safe (manual, TRUNCATE).

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

Say which rows, and take them in batches.

```sql
DELETE FROM carts WHERE id IN (
  SELECT id FROM carts WHERE left_at < now() - interval '90 days' LIMIT 5000
);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import Truncate
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="D005",
    promise=Promise.DATA,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-truncate-cascade",
        "pgfence:truncate",
        "pgfence:truncate-cascade",
        "pgls:banTruncate",
        "pgls:banTruncateCascade",
    ),
    claims=(Claim("carts", LockMode.ACCESS_EXCLUSIVE, rewrites=True),),
)


@RULE.on(Truncate)
def check(act: Truncate, context: Context) -> Iterator[Fault]:
    """A table, unless it is this migration's own."""
    if context.is_new(act.table):
        return
    others = ", and every table that refers to it" if act.cascade else ""
    yield Fault(
        act.span,
        f"removes all rows of {act.table}{others}",
        f"DELETE FROM {act.table} WHERE id IN (SELECT id FROM {act.table} WHERE … LIMIT 5000);",
    )
