"""A primary key of type integer or smallint runs out of numbers.

## When

A table is created with a primary key of one `integer`, `smallint`, `serial` or `smallserial` column.

## Harm

After two billion rows, deleted ones included, every INSERT fails. A wider type rewrites the table and every table that
refers to it.

## Unsafe

```sql
CREATE TABLE IF NOT EXISTS orders (id serial PRIMARY KEY);
```

## Safe

```sql
CREATE TABLE IF NOT EXISTS orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AddColumn, ChangeType, CreateTable
from rowkeep.knowledge.types.typed_columns import find_typed_columns

_SHORT = ("int2", "int4", "serial", "serial2", "serial4", "smallserial")
RULE = Rule(
    __name__,
    code="Y305",
    category=Category.STYLE,
    severity=Severity.WARNING,
    peers=("online_migrations:short_primary_key_type", "squawk:prefer-bigint-over-int"),
)


@RULE.on(CreateTable)
@RULE.on(AddColumn)
@RULE.on(ChangeType)
def check(operation: CreateTable | AddColumn | ChangeType, context: Context) -> Iterator[Violation]:
    """A column that gets such a type."""
    for typed in find_typed_columns(operation):
        if typed.is_key and typed.type.name in _SHORT:
            yield Violation(
                typed.span,
                f"every INSERT into {typed.table} fails when {typed.column} has reached its last number",
                Sentence(f"write {typed.column} bigint GENERATED ALWAYS AS IDENTITY"),
            )
