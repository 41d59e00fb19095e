"""A primary key of type integer or smallint runs out of numbers.

## When

A table is made with a primary key of one `integer`, `smallint`, `serial` or `smallserial` column.

## Harm

After two thousand million rows, those deleted again included, every INSERT fails. To widen the key rewrites the table
and every one that refers to it.

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

from rowkeep.domain.act import AddColumn, ChangeType, CreateTable
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule
from rowkeep.knowledge.columns import given

_SHORT = ("int2", "int4", "serial", "serial2", "serial4", "smallserial")
RULE = Rule(
    __name__,
    code="Y305",
    promise=Promise.STYLE,
    severity=Severity.WARNING,
    peers=("online_migrations:short_primary_key_type", "squawk:prefer-bigint-over-int"),
)


@RULE.on(CreateTable)
@RULE.on(AddColumn)
@RULE.on(ChangeType)
def check(act: CreateTable | AddColumn | ChangeType, context: Context) -> Iterator[Fault]:
    """A column that gets such a type."""
    for each in given(act):
        if each.is_key and each.type.name in _SHORT:
            yield Fault(
                each.span,
                f"every INSERT into {each.table} fails when {each.column} has come to its last number",
                f"{each.column} bigint GENERATED ALWAYS AS IDENTITY",
            )
