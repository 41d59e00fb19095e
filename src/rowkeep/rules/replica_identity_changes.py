"""A published table changes how its rows are identified.

## When

`REPLICA IDENTITY NOTHING` on a table that existed before; `FULL` is a note.

## Harm

With `NOTHING`, every UPDATE and DELETE of a published table fails at once. With `FULL`, each of them writes the whole
old row to the WAL, and the subscriber finds the row by scanning its table.

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

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AlterTable

RULE = Rule(
    __name__,
    code="C211",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-replica-identity",
        "pg-schema-diff:CORRECTNESS",
        "pgroll:set_replica_identity",
    ),
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(AlterTable)
def check(operation: AlterTable, context: Context) -> Iterator[Violation]:
    """REPLICA IDENTITY NOTHING or FULL."""
    identity = dict(operation.options).get("identity", "") if operation.action == "ReplicaIdentity" else ""
    if identity not in ("NOTHING", "FULL") or context.is_new(operation.table):
        return
    yield Violation(
        operation.span,
        f"UPDATE and DELETE on {operation.table} fail where it is published"
        if identity == "NOTHING"
        else f"each UPDATE and DELETE on {operation.table} writes the whole old row to the WAL",
        f"ALTER TABLE {operation.table} REPLICA IDENTITY DEFAULT;",
        doubtful=context.is_doubtful(operation.table),
        faint=identity == "FULL",
    )
