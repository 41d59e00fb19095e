"""UPDATE without a WHERE that leaves anything out.

## When

An `UPDATE` has no `WHERE`, or one that is true of every row, or one that speaks only of the tables behind `FROM`, on a
table that was there before this migration. So are a `MERGE` that is joined by `ON true`, and an upsert that is fed
from its own table. Where it only fills columns that the same migration has added, no value is lost: see
`change-not-batched`.

## Harm

The values that stood there are overwritten, and only a backup has them. Every row is locked until the migration
commits, so every writer waits; the table grows by a second copy of itself.

## Given

```sql
CREATE TABLE products (id bigint PRIMARY KEY, price numeric, currency text);
CREATE TABLE rates (currency text PRIMARY KEY, factor numeric);
```

## Unsafe

```sql
UPDATE products SET price = price * 1.19;
```

```sql
UPDATE products SET currency = 'EUR' WHERE true;
```

```sql
UPDATE products SET price = rates.factor FROM rates WHERE rates.currency = 'EUR';
```

```sql
INSERT INTO products (id, price) SELECT id, 0 FROM products ON CONFLICT (id) DO UPDATE SET price = excluded.price;
```

```sql
-- since 15
MERGE INTO products USING rates ON true WHEN MATCHED THEN UPDATE SET price = rates.factor;
```

## Safe

```sql
CREATE TABLE products_before AS SELECT id, currency FROM products;
-- next migration
DO $$
DECLARE
  batch_start products.id%TYPE := (SELECT id FROM products ORDER BY id LIMIT 1);
  batch_end products.id%TYPE;
BEGIN
  WHILE batch_start IS NOT NULL LOOP
    batch_end := (SELECT id FROM products WHERE id >= batch_start ORDER BY id OFFSET 5000 LIMIT 1);
    UPDATE products SET currency = 'EUR'
     WHERE id >= batch_start AND (batch_end IS NULL OR id < batch_end);
    COMMIT;
    batch_start := batch_end;
  END LOOP;
END
$$;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import Insert, Merge, Reach, Update
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule
from rowkeep.knowledge import recipes
from rowkeep.knowledge.batches import in_batches, single_key

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
    """All rows of a table that somebody else knows."""
    if act.where.reach is not Reach.ALL or act.limited or context.is_new(act.table):
        return
    if act.columns and all(context.has_added(act.table, column) for column in act.columns):
        return
    columns = ", ".join(str(column) for column in act.columns)
    yield Fault(
        act.span,
        f"overwrites {columns} in {act.where.all_rows} of {act.table}{act.where.why_all}",
        f"{_kept(act, context)}{recipes.NEXT}\n{in_batches(act, context)}",
    )


def _kept(act: Update, context: Context) -> str:
    """The old values, so that somebody can take them back."""
    key = single_key(act.table, context)
    columns = ", ".join(dict.fromkeys((str(key), *map(str, act.columns)) if key is not None else ("*",)))
    return f"CREATE TABLE {recipes.joined(act.table.name, 'before')} AS SELECT {columns} FROM {act.table};\n"


@RULE.on(Merge)
def merge(act: Merge, context: Context) -> Iterator[Fault]:
    """MERGE … ON true: every row is matched as soon as the source has one."""
    if act.updates and act.on.reach is Reach.ALL and not context.is_new(act.table):
        joined = act.on.expression.text if act.on.expression is not None else "true"
        yield Fault(
            act.span,
            f"updates every row of {act.table}: ON {joined} matches them all",
            f"MERGE INTO {act.table} USING … ON … (a key of both) …",
        )


@RULE.on(Insert)
def upsert(act: Insert, context: Context) -> Iterator[Fault]:
    """INSERT … SELECT from the table itself … ON CONFLICT DO UPDATE."""
    itself = any(context.same(name, act.table) for name in act.reads)
    if act.on_conflict != "update" or not itself or act.where.picks or context.is_new(act.table):
        return
    yield Fault(
        act.span,
        f"meets every row of {act.table} as a conflict, and overwrites it",
        f"UPDATE {act.table} SET … WHERE … >= … AND … < …;  -- along a unique key, batch by batch, each committed",
        doubtful=act.where.reach is not Reach.ALL,
    )
