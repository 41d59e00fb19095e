"""CLUSTER rewrites the table while nobody can use it.

## When

`CLUSTER` of a table that was there before this migration, or of all that were clustered before.

## Harm

The table is written anew in the order of an index, and all its indexes with it, under an `ACCESS EXCLUSIVE` lock:
every query waits until that is done, SELECT too. The order is lost again with every row that is written later.

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

from rowkeep.domain.act import Cluster
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="L312",
    promise=Promise.LOCK,
    severity=Severity.ERROR,
    peers=("squawk:prefer-repack",),
    claims=(Claim("orders", LockMode.ACCESS_EXCLUSIVE, rewrites=True, scans=True),),
)


@RULE.on(Cluster)
def check(act: Cluster, context: Context) -> Iterator[Fault]:
    """CLUSTER of what somebody else uses."""
    if act.table is not None and context.is_new(act.table):
        return
    what = str(act.table) if act.table is not None else "every table that was clustered before"
    yield Fault(
        act.span,
        f"writes {what} anew, while every query on it waits",
        "nothing, or pg_repack, which sorts a table beside the running application",
        doubtful=act.table is not None and context.is_doubtful(act.table),
    )
