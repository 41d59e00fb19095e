"""A command that no transaction can hold stands in a block or a function.

## When

`CREATE INDEX CONCURRENTLY`, `DROP INDEX CONCURRENTLY`, `REINDEX CONCURRENTLY`, `DETACH PARTITION CONCURRENTLY`,
`VACUUM`, `ALTER SYSTEM`, `CREATE DATABASE` and their like stand in a `DO` block or a function, or behind the `BEGIN`
of the file. At the top of a file they are no finding: Rowkeep runs such a migration statement by statement.

## Harm

PostgreSQL refuses them there, always, so the migration fails.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
```

## Unsafe

```sql
DO $$
BEGIN
  CREATE INDEX CONCURRENTLY orders_email_idx ON orders (email);
END
$$;
```

## Safe

```sql
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_email_idx ON orders (email);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import (
    Act,
    AlterSystem,
    Cluster,
    CreateIndex,
    CreateObject,
    DetachPartition,
    DropObject,
    FrameKind,
    Reindex,
    Transaction,
    Vacuum,
)
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Claim, Rule
from rowkeep.knowledge.outside import refused

RULE = Rule(
    __name__,
    code="T200",
    promise=Promise.TRANSACTION,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-concurrent-index-creation-in-transaction",
        "atlas:PG103",
        "pgfence:concurrent-in-transaction",
        "pgls:banConcurrentIndexCreationInTransaction",
        "safe-migrate:concurrent-in-transaction",
    ),
    claims=(Claim("orders", fails="25001"),),
    stored=True,
)


def check(act: Act, context: Context) -> Iterator[Fault]:
    """Whatever PostgreSQL refuses in a block, where a block holds it."""
    words = refused(act)
    if not words:
        return
    if act.is_within(FrameKind.DO, FrameKind.FUNCTION, FrameKind.CALL):
        where = "from a DO block or a function"
    elif _has_begun(context):
        where = "behind BEGIN"
    else:
        return
    repair = "the same statement by itself, in a migration of its own"
    yield Fault(act.span, f"fails: {words} cannot run {where}", repair)


def _has_begun(context: Context) -> bool:
    """Whether the file itself has opened a transaction that is not over."""
    for earlier in reversed(tuple(context.earlier(Transaction))):
        if (
            isinstance(earlier, Transaction)
            and not earlier.inside
            and earlier.action in ("BEGIN", "COMMIT", "ROLLBACK")
        ):
            return earlier.action == "BEGIN"
    return False


for kind in (CreateIndex, DropObject, Reindex, DetachPartition, Vacuum, Cluster, AlterSystem, CreateObject):
    RULE.on(kind)(check)
