"""INSERT without ON CONFLICT, outside a transaction, adds its rows again, or fails.

## When

In a migration that no transaction holds, rows are inserted into a table that was there before, without `ON CONFLICT`
and without a query that leaves out what is there (`WHERE NOT EXISTS …`, `EXCEPT`).

## Harm

The rows stay when the migration stops later. Run a second time, it adds them once more, or fails at a key.

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

from rowkeep.domain.act import Insert
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="R303",
    promise=Promise.REPEAT,
    severity=Severity.WARNING,
    peers=("safe-migrate:missing-idempotency",),
)


@RULE.on(Insert)
def check(act: Insert, context: Context) -> Iterator[Fault]:
    """New rows in a table of others."""
    if not context.alone or act.on_conflict or act.skips_present or context.is_new(act.table):
        return
    if context.is_guarded(act, "unique_violation"):
        return
    yield Fault(
        act.span,
        f"adds its rows to {act.table} again, or fails, when it runs a second time",
        f"INSERT INTO {act.table} … ON CONFLICT DO NOTHING; (it needs a unique key)",
    )
