"""UPDATE builds on the old value: a second run applies the change twice.

## When

In a migration that no transaction holds, an `UPDATE` computes the new value of a column from its old value (`price =
price * 1.19`), on a table that existed before.

## Harm

When the migration stops later, the change stays. A second run raises the prices again, and the rows do not show which
ones were already changed.

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

Write into a new column, which shows what is done already.

```sql
UPDATE products SET new_price = price * 1.19 WHERE new_price IS NULL AND id BETWEEN 1 AND 500;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import Update
from rowkeep.knowledge.forms.recipes import join_names

RULE = Rule(__name__, code="R304", category=Category.REPEAT, severity=Severity.WARNING)


@RULE.on(Update)
def check(operation: Update, context: Context) -> Iterator[Violation]:
    """A column that is computed from itself."""
    if not context.alone or not operation.adds_up or context.is_new(operation.table):
        return
    column = operation.adds_up[0]
    new = join_names("new", column.name)
    yield Violation(
        operation.span,
        f"computes {column} of {operation.table} from its old value: a second run changes it again",
        f"UPDATE {operation.table} SET {new} = <expression> WHERE {new} IS NULL;",
    )
