"""A new serial column: every row of the table is rewritten.

## When

A column of type `serial`, `bigserial` or `smallserial` is added to a table that existed before this migration.

## Harm

Each row gets a number, so the table and all its indexes are rewritten under `ACCESS EXCLUSIVE`: nobody can read or
write the table until that is done.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
INSERT INTO orders SELECT n, 'a@example.org' FROM generate_series(1, 100) AS n;
```

## Unsafe

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS number bigserial;
```

## Safe

Add the parts of a serial column one by one: the column, the sequence, the default for new rows. Number the old rows in
batches.

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS number bigint;
CREATE SEQUENCE IF NOT EXISTS orders_number_seq OWNED BY orders.number;
ALTER TABLE orders ALTER COLUMN number SET DEFAULT nextval('orders_number_seq');
-- in the next migration:
UPDATE orders SET number = DEFAULT WHERE id IN (SELECT id FROM orders WHERE number IS NULL LIMIT 5000);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AddColumn
from rowkeep.knowledge.forms import recipes
from rowkeep.knowledge.types.type_conversions import stored_type

RULE = Rule(
    __name__,
    code="L102",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=(
        "squawk:adding-serial-primary-key-field",
        "strong_migrations:add_column_auto_incrementing",
        "eugene:E11",
        "pgfence:add-column-serial",
        "pgls:addSerialColumn",
    ),
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE, rewrites=True, scans=True),),
)


@RULE.on(AddColumn)
def check(operation: AddColumn, context: Context) -> Iterator[Violation]:
    """Numbers for rows that exist already."""
    table, column = operation.table, operation.column
    if (
        column.type is None
        or stored_type(column.type).name == column.type.name
        or not context.adds_to_known(operation)
    ):
        return
    yield Violation(
        operation.span,
        f"rewrites every row of {table} to fill {column.name} with numbers, and every query waits",
        recipes.numbered_column_steps(table, column.name, context.row_key(table), context.major),
        doubtful=context.is_doubtful(table),
    )
