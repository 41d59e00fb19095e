"""A table gets a column: the result of SELECT * changes while the application runs.

## When

Any `ADD COLUMN` to a table that existed before this migration. Off by default: adding a column is the usual way to
change a table, and it is harmless to an application that names its columns.

## Harm

Prepared statements with `SELECT *` or `RETURNING *` fail on every connection that has them (SQLSTATE 0A000, cached
plan must not change result type). An `INSERT` without a column list may fill the wrong columns.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
```

## Unsafe

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS channel text;
```

## Safe

```sql
CREATE TABLE IF NOT EXISTS order_channels (order_id bigint PRIMARY KEY REFERENCES orders (id), channel text);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AddColumn

RULE = Rule(
    __name__,
    code="Y110",
    category=Category.STYLE,
    severity=Severity.NOTE,
    peers=("squawk:ban-add-column",),
)


@RULE.on(AddColumn)
def check(operation: AddColumn, context: Context) -> Iterator[Violation]:
    """Any column of a table that this migration has not created."""
    if context.adds_to_known(operation):
        yield Violation(
            operation.span,
            f"adds {operation.column.name} to {operation.table}: prepared statements with SELECT * over it fail",
            Sentence("name the columns in the application's queries first"),
            doubtful=context.is_doubtful(operation.table),
        )
