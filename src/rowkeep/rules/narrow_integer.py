"""A column of type integer or smallint runs out of numbers.

## When

A column is made as `integer` or `smallint`, or becomes one. Primary keys have a rule of their own.

## Harm

Two thousand million are soon counted where rows are numbered, and to widen the column rewrites the whole table.

## Unsafe

```sql
CREATE TABLE IF NOT EXISTS counters (id bigint PRIMARY KEY, hits integer);
```

## Safe

```sql
CREATE TABLE IF NOT EXISTS counters (id bigint PRIMARY KEY, hits bigint);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AddColumn, ChangeType, CreateTable
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule
from rowkeep.knowledge.columns import given

_LAST = {"int2": "32 767", "int4": "2 147 483 647"}
RULE = Rule(
    __name__,
    code="Y302",
    promise=Promise.STYLE,
    severity=Severity.WARNING,
    peers=(
        "squawk:prefer-bigint-over-int",
        "squawk:prefer-bigint-over-smallint",
        "squawk:prefer-big-int",
        "pgfence:prefer-bigint-over-int",
        "pgls:preferBigInt",
        "pgls:preferBigintOverInt",
        "pgls:preferBigintOverSmallint",
    ),
)


@RULE.on(CreateTable)
@RULE.on(AddColumn)
@RULE.on(ChangeType)
def check(act: CreateTable | AddColumn | ChangeType, context: Context) -> Iterator[Fault]:
    """A column that gets such a type."""
    for each in given(act):
        if each.type.name in ("int2", "int4") and not each.is_key:
            yield Fault(
                each.span, f"{each.column} of {each.table} ends at {_LAST[each.type.name]}", f"{each.column} bigint"
            )
