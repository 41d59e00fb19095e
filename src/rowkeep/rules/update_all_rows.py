"""UPDATE without a WHERE that leaves any rows out.

## When

An `UPDATE` has no `WHERE`, or one that is true of every row, or one that only tests the tables after `FROM`, on a
table that existed before this migration. A `MERGE` that is joined by `ON true`, and an upsert whose rows come from its
own table, count, too. Where it only fills columns that the same migration has added, no value is lost: see
`change-not-batched`.

## Harm

The old values are overwritten, and only a backup has them. Every row is locked until the migration commits, so every
writer waits; the table grows by a second copy of itself.

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
-- in the next migration:
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

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import Insert, Merge, RowReach, Update
from rowkeep.knowledge.forms import recipes
from rowkeep.knowledge.forms.batches import BATCH_BY_BATCH, in_batches, single_key

RULE = Rule(
    __name__,
    code="D007",
    category=Category.DATA,
    severity=Severity.ERROR,
    peers=("pgfence:update-in-migration", "pgls:banUpdateWithoutWhere"),
    claims=(LockClaim("products", LockMode.ROW_EXCLUSIVE, scans=True),),
)


@RULE.on(Update)
def check(operation: Update, context: Context) -> Iterator[Violation]:
    """All rows of a table that somebody else uses."""
    if operation.where.reach is not RowReach.ALL or operation.limited or context.is_new(operation.table):
        return
    if operation.columns and all(context.has_added(operation.table, column) for column in operation.columns):
        return
    columns = ", ".join(str(column) for column in operation.columns)
    yield Violation(
        operation.span,
        f"overwrites {columns} in {operation.where.all_rows} of {operation.table}{operation.where.why_all}",
        f"{_keep_old_values(operation, context)}{recipes.NEXT}\n{in_batches(operation, context)}",
    )


def _keep_old_values(operation: Update, context: Context) -> str:
    """Keep the old values, so that somebody can restore them."""
    key = single_key(operation.table, context)
    columns = ", ".join(dict.fromkeys((str(key), *map(str, operation.columns)) if key is not None else ("*",)))
    return (
        f"CREATE TABLE {recipes.join_names(operation.table.name, 'before')} AS SELECT {columns} "
        f"FROM {operation.table};\n"
    )


@RULE.on(Merge)
def check_merge(operation: Merge, context: Context) -> Iterator[Violation]:
    """MERGE … ON true: every row is matched as soon as the source has one."""
    if operation.updates and operation.on.reach is RowReach.ALL and not context.is_new(operation.table):
        joined = operation.on.expression.text if operation.on.expression is not None else "true"
        yield Violation(
            operation.span,
            f"updates every row of {operation.table}: ON {joined} matches them all",
            Sentence("join the MERGE by a key of both tables"),
        )


@RULE.on(Insert)
def check_upsert(operation: Insert, context: Context) -> Iterator[Violation]:
    """INSERT … SELECT from the table itself … ON CONFLICT DO UPDATE."""
    itself = any(context.same(name, operation.table) for name in operation.reads)
    if operation.on_conflict != "update" or not itself or operation.where.picks or context.is_new(operation.table):
        return
    yield Violation(
        operation.span,
        f"conflicts with every row of {operation.table}, and overwrites it",
        f"{BATCH_BY_BATCH}\nUPDATE {operation.table} SET <column> = <value> WHERE <key> >= <from> AND <key> < <to>;",
        doubtful=operation.where.reach is not RowReach.ALL,
    )
