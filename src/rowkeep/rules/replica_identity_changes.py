"""A published table changes how its rows are told apart.

## When

`REPLICA IDENTITY NOTHING` on a table that was there before; `FULL` is a note.

## Harm

With `NOTHING`, every UPDATE and DELETE of a published table fails at once. With `FULL`, each of them writes the whole
old row to the log, and the other side looks for it by reading its table.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, email text NOT NULL);
CREATE UNIQUE INDEX orders_email_key ON orders (email);
```

## Unsafe

```sql
ALTER TABLE orders REPLICA IDENTITY NOTHING;
```

## Safe

```sql
ALTER TABLE orders REPLICA IDENTITY USING INDEX orders_email_key;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AlterTable
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="C211",
    promise=Promise.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-replica-identity",
        "pg-schema-diff:CORRECTNESS",
        "pgroll:set_replica_identity",
    ),
    claims=(Claim("orders", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(AlterTable)
def check(act: AlterTable, context: Context) -> Iterator[Fault]:
    """REPLICA IDENTITY NOTHING or FULL."""
    identity = dict(act.options).get("identity", "") if act.action == "ReplicaIdentity" else ""
    if identity not in ("NOTHING", "FULL") or context.is_new(act.table):
        return
    yield Fault(
        act.span,
        f"UPDATE and DELETE on {act.table} fail where it is published"
        if identity == "NOTHING"
        else f"each UPDATE and DELETE on {act.table} writes the whole old row to the log",
        f"ALTER TABLE {act.table} REPLICA IDENTITY DEFAULT;",
        doubtful=context.is_doubtful(act.table),
        faint=identity == "FULL",
    )
