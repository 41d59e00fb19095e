"""UPDATE without a WHERE that leaves anything out.

## When

An `UPDATE` has no `WHERE`, or one that is always true, on a table that was there before this migration. Where it only
fills columns that the same migration has added, no value is lost, and the finding is one step softer.

## Harm

The values that stood there are overwritten, and only a backup has them. Every row is locked until the migration
commits, so every writer waits; the table grows by a second copy of itself.

## Given

```sql
CREATE TABLE products (id bigint PRIMARY KEY, price numeric, currency text);
```

## Unsafe

```sql
UPDATE products SET price = price * 1.19;
```

```sql
UPDATE products SET currency = 'EUR' WHERE true;
```

## Safe

```sql
UPDATE products SET currency = 'EUR' WHERE id IN (
  SELECT id FROM products WHERE currency IS NULL LIMIT 5000
);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import Reach, Update
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="D007",
    promise=Promise.DATA,
    severity=Severity.ERROR,
    peers=("pgfence:update-in-migration", "pgls:banUpdateWithoutWhere"),
    claims=(Claim("products", LockMode.ROW_EXCLUSIVE, scans=True),),
)


@RULE.on(Update)
def check(act: Update, context: Context) -> Iterator[Fault]:
    """All rows of a table that somebody else knows. UPDATE … FROM is left to its join."""
    if act.where.reach is not Reach.ALL or act.limited or context.is_new(act.table):
        return
    columns = ", ".join(str(column) for column in act.columns)
    only_new = all(context.has_added(act.table, column) for column in act.columns)
    first = act.columns[0] if act.columns else "…"
    yield Fault(
        act.span,
        f"overwrites {columns} in all rows of {act.table}",
        f"UPDATE {act.table} SET … WHERE id IN (SELECT id FROM {act.table} WHERE {first} IS NULL LIMIT 5000);",
        doubtful=only_new or context.is_doubtful(act.table),
    )
