"""INSERT without ON CONFLICT, outside a transaction, adds its rows again, or fails.

## When

In a migration that no transaction holds, rows are inserted into a table that existed before, without `ON CONFLICT` and
without a query that leaves out existing rows (`WHERE NOT EXISTS …`, `EXCEPT`).

## Harm

The rows stay when the migration stops later. A second run adds them again, or fails on a key.

## Given

```sql
CREATE TABLE categories (id bigint GENERATED ALWAYS AS IDENTITY, name text UNIQUE);
```

## Unsafe

```sql
CREATE INDEX CONCURRENTLY IF NOT EXISTS categories_name_idx ON categories (name);
INSERT INTO categories (name) VALUES ('Books'), ('Music');
```

## Safe

```sql
INSERT INTO categories (name) VALUES ('Books'), ('Music') ON CONFLICT (name) DO NOTHING;
```

```sql
INSERT INTO categories (name) SELECT 'Books' WHERE NOT EXISTS (SELECT FROM categories WHERE name = 'Books');
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import Insert

RULE = Rule(
    __name__,
    code="R303",
    category=Category.REPEAT,
    severity=Severity.WARNING,
    peers=("safe-migrate:missing-idempotency",),
)


@RULE.on(Insert)
def check(operation: Insert, context: Context) -> Iterator[Violation]:
    """New rows in a table of others."""
    if not context.alone or operation.on_conflict or operation.skips_present or context.is_new(operation.table):
        return
    if context.is_guarded(operation, "unique_violation"):
        return
    yield Violation(
        operation.span,
        f"adds its rows to {operation.table} again, or fails, when it runs a second time",
        Sentence("add ON CONFLICT DO NOTHING; it needs a unique key"),
    )
