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

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import (
    AlterSystem,
    Cluster,
    CreateIndex,
    CreateObject,
    DetachPartition,
    DropObject,
    FrameKind,
    Operation,
    Reindex,
    Transaction,
    Vacuum,
)
from rowkeep.knowledge.non_transactional import find_non_transactional_command

RULE = Rule(
    __name__,
    code="T200",
    category=Category.TRANSACTION,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-concurrent-index-creation-in-transaction",
        "atlas:PG103",
        "pgfence:concurrent-in-transaction",
        "pgls:banConcurrentIndexCreationInTransaction",
        "safe-migrate:concurrent-in-transaction",
    ),
    claims=(LockClaim("orders", fails="25001"),),
    stored=True,
)


def check(operation: Operation, context: Context) -> Iterator[Violation]:
    """Whatever PostgreSQL refuses in a block, where a block holds it."""
    words = find_non_transactional_command(operation)
    if not words:
        return
    if operation.is_within(FrameKind.DO, FrameKind.FUNCTION, FrameKind.CALL):
        where = "from a DO block or a function"
    elif _has_begun(context):
        where = "behind BEGIN"
    else:
        return
    hint = "the same statement by itself, in a migration of its own"
    yield Violation(operation.span, f"fails: {words} cannot run {where}", hint)


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
