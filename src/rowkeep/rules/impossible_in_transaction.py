"""A command that cannot run in a transaction stands in a block or a function.

## When

`CREATE INDEX CONCURRENTLY`, `DROP INDEX CONCURRENTLY`, `REINDEX CONCURRENTLY`, `DETACH PARTITION CONCURRENTLY`,
`VACUUM`, `ALTER SYSTEM`, `CREATE DATABASE` or a similar command stands in a `DO` block or a function, or after the
`BEGIN` of the file. At the top level of a file it is not a finding: Rowkeep runs such a migration statement by
statement.

## Harm

PostgreSQL always refuses it there, so the migration fails.

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
from rowkeep.domain.lint.hint import Sentence
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
    """A command that PostgreSQL refuses in a block, inside a block."""
    words = find_non_transactional_command(operation)
    if not words:
        return
    if operation.is_within(FrameKind.DO, FrameKind.FUNCTION, FrameKind.CALL):
        where = "from a DO block or a function"
    elif _has_begun(context):
        where = "after BEGIN"
    else:
        return
    hint = Sentence("put the statement into its own migration, outside of any block")
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
