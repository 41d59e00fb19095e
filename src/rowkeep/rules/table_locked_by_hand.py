"""LOCK TABLE stops the application on purpose.

## When

`LOCK TABLE` in a mode that stops writers (`SHARE` and stronger; without a mode it is `ACCESS EXCLUSIVE`, which stops
readers as well), on a table that was there before this migration.

## Harm

Everybody who wants to write to the table waits until the migration commits. A lock that is taken weaker first and
stronger later in the same transaction makes a deadlock with anybody who does the same.

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

Every statement takes the lock that it needs. Rows that must not change meanwhile are locked as rows.

```sql
SELECT id FROM orders WHERE id = 1 FOR UPDATE;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import LockTable
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="L305",
    promise=Promise.LOCK,
    severity=Severity.ERROR,
    claims=(Claim("orders", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(LockTable)
def check(act: LockTable, context: Context) -> Iterator[Fault]:
    """A mode that somebody else feels."""
    mode = LockMode(act.mode)
    if not mode.blocks_writes or context.is_new(act.table):
        return
    who = "read or write" if mode.blocks_reads else "write to"
    yield Fault(
        act.span,
        f"lets nobody {who} {act.table} until the migration commits ({mode.sql})",
        "nothing: every statement takes the lock that it needs",
        doubtful=context.is_doubtful(act.table),
    )
