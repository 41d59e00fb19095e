"""UPDATE builds on the old value, so that a second run does it twice.

## When

In a migration that no transaction holds, an `UPDATE` sets a column to something that is made of its own old value
(`price = price * 1.19`), on a table that was there before.

## Harm

When the migration stops later, the change stays. Run a second time, prices rise twice, and nothing in the rows tells
which ones did.

## Given

```sql
CREATE TABLE products (id bigint PRIMARY KEY, price numeric, new_price numeric);
```

## Unsafe

```sql
CREATE INDEX CONCURRENTLY IF NOT EXISTS products_price_idx ON products (price);
UPDATE products SET price = price * 1.19 WHERE id BETWEEN 1 AND 500;
```

## Safe

Write into a column of its own, which says what is done already.

```sql
UPDATE products SET new_price = price * 1.19 WHERE new_price IS NULL AND id BETWEEN 1 AND 500;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import Update
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(__name__, code="R304", promise=Promise.REPEAT, severity=Severity.WARNING)


@RULE.on(Update)
def check(act: Update, context: Context) -> Iterator[Fault]:
    """A column that is computed from itself."""
    if not context.alone or not act.adds_up or context.is_new(act.table):
        return
    column = act.adds_up[0]
    yield Fault(
        act.span,
        f"computes {column} of {act.table} from its own old value: a second run does it again",
        f"UPDATE {act.table} SET new_{column.name} = … WHERE new_{column.name} IS NULL;",
    )
