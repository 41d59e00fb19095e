"""A column of type timestamp does not store a time zone.

## When

A column is created as `timestamp` (without time zone), or becomes one.

## Harm

The same value means another moment in every session's time zone, and the row does not show which one was meant.

## Unsafe

```sql
CREATE TABLE IF NOT EXISTS visits (id bigint PRIMARY KEY, at timestamp);
```

## Safe

```sql
CREATE TABLE IF NOT EXISTS visits (id bigint PRIMARY KEY, at timestamptz);
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

RULE = Rule(
    __name__,
    code="Y303",
    category=Category.STYLE,
    severity=Severity.WARNING,
    peers=(
        "squawk:prefer-timestamp-tz",
        "squawk:prefer-timestamptz",
        "pgfence:prefer-timestamptz",
        "pgls:preferTimestamptz",
    ),
)


@RULE.on(CreateTable)
@RULE.on(AddColumn)
@RULE.on(ChangeType)
def check(operation: CreateTable | AddColumn | ChangeType, context: Context) -> Iterator[Violation]:
    """A column that gets such a type."""
    for typed in find_typed_columns(operation):
        if typed.type.name == "timestamp":
            yield Violation(
                typed.span,
                f"{typed.column} of {typed.table} does not say in which time zone",
                Sentence(f"write {typed.column} timestamptz"),
            )
