"""A column of type integer or smallint runs out of numbers.

## When

A column is created as `integer` or `smallint`, or becomes one. Primary keys have their own rule.

## Harm

A counter reaches two billion sooner than expected, and a wider type rewrites the whole table.

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

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AddColumn, ChangeType, CreateTable
from rowkeep.knowledge.types.typed_columns import find_typed_columns

_LAST = {"int2": "32 767", "int4": "2 147 483 647"}
RULE = Rule(
    __name__,
    code="Y302",
    category=Category.STYLE,
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
def check(operation: CreateTable | AddColumn | ChangeType, context: Context) -> Iterator[Violation]:
    """A column that gets such a type."""
    for typed in find_typed_columns(operation):
        if typed.type.name in ("int2", "int4") and not typed.is_key:
            yield Violation(
                typed.span,
                f"{typed.column} of {typed.table} ends at {_LAST[typed.type.name]}",
                Sentence(f"write {typed.column} bigint"),
            )
