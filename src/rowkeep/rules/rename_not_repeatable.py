"""A rename or move outside a transaction fails when the migration runs again.

## When

Something is renamed or moved to another schema in a migration that no transaction holds, and nothing around it checks
that it still has its old name.

## Harm

The rename stays when the migration stops later. The next run does not find the old name any more.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, total numeric);
CREATE INDEX orders_total ON orders (total);
```

## Unsafe

```sql
ALTER INDEX orders_total RENAME TO orders_total_old;
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_total_new ON orders (total);
```

## Safe

```sql
ALTER INDEX orders_total RENAME TO orders_total_old;
-- in the next migration:
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_total_new ON orders (total);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import Rename, SetSchema

RULE = Rule(
    __name__,
    code="R305",
    category=Category.REPEAT,
    severity=Severity.WARNING,
    peers=("safe-migrate:missing-idempotency",),
)


@RULE.on(Rename)
@RULE.on(SetSchema)
def check(operation: Rename | SetSchema, context: Context) -> Iterator[Violation]:
    """A rename that nothing rolls back."""
    guarded = isinstance(operation, Rename) and operation.if_exists and operation.part is None
    if not context.alone or guarded or context.is_guarded(operation, "undefined_"):
        return
    old = (
        f"{operation.name}.{operation.part}"
        if isinstance(operation, Rename) and operation.part is not None
        else str(operation.name)
    )
    yield Violation(
        operation.span,
        f"fails if {old} has its new name already",
        Sentence("put it into its own migration, which runs in a transaction"),
    )
