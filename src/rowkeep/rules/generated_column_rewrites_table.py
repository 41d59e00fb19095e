"""A new stored generated column: every row of the table is rewritten.

## When

A column `GENERATED ALWAYS AS (…) STORED` is added to a table that existed before this migration. A `VIRTUAL` column
(PostgreSQL 18) is computed when it is read, and is not a finding.

## Harm

The table and all its indexes are rewritten under `ACCESS EXCLUSIVE`: nobody reads or writes it until that is done.

## Given

```sql
CREATE TABLE order_lines (id bigint PRIMARY KEY, price numeric, quantity integer);
INSERT INTO order_lines SELECT n, n, n FROM generate_series(1, 100) AS n;
```

## Unsafe

```sql
ALTER TABLE order_lines ADD COLUMN IF NOT EXISTS total numeric GENERATED ALWAYS AS (price * quantity) STORED;
```

## Safe

From PostgreSQL 18 on:

```sql
-- since 18
ALTER TABLE order_lines ADD COLUMN IF NOT EXISTS total numeric GENERATED ALWAYS AS (price * quantity) VIRTUAL;
```

Before that, a plain column that a trigger fills, and the old rows batch by batch:

```sql
ALTER TABLE order_lines ADD COLUMN IF NOT EXISTS total numeric;
CREATE OR REPLACE FUNCTION order_lines_total() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.total := NEW.price * NEW.quantity;
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER order_lines_total BEFORE INSERT OR UPDATE ON order_lines
  FOR EACH ROW EXECUTE FUNCTION order_lines_total();
-- in the next migration:
UPDATE order_lines SET total = price * quantity WHERE id IN (
  SELECT id FROM order_lines WHERE total IS NULL LIMIT 5000
);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AddColumn, Generated
from rowkeep.knowledge.forms import recipes

RULE = Rule(
    __name__,
    code="L101",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=(
        "squawk:adding-field-with-default",
        "strong_migrations:add_column_generated_stored",
        "online_migrations:add_column_generated_stored",
        "eugene:E11",
        "pgfence:add-column-stored-generated",
        "pgls:addSerialColumn",
        "pgls:addingFieldWithDefault",
    ),
    claims=(LockClaim("order_lines", LockMode.ACCESS_EXCLUSIVE, rewrites=True, scans=True),),
)


@RULE.on(AddColumn)
def check(operation: AddColumn, context: Context) -> Iterator[Violation]:
    """A value that must be written into every row."""
    table, column = operation.table, operation.column
    if column.generated is not Generated.STORED or not context.adds_to_known(operation):
        return
    value = column.default.text if column.default is not None else "<expression>"
    if context.major >= 18:
        hint = f"ALTER TABLE {table} ADD COLUMN {column.name} {column.type} GENERATED ALWAYS AS ({value}) VIRTUAL;"
    else:
        hint = (
            f"ALTER TABLE {table} ADD COLUMN {column.name} {column.type};\n"
            f"{recipes.trigger_steps(table, column.name, value)}\n"
            f"{recipes.NEXT}\n" + recipes.backfill_batch(table, column.name, value, context.row_key(table))
        )
    yield Violation(
        operation.span,
        f"rewrites every row of {table} to store the generated column {column.name}, and every query waits",
        hint,
        doubtful=context.is_doubtful(table),
    )
