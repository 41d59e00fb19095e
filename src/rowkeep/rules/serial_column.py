"""A serial column is only loosely tied to its sequence.

## When

A column is created as `serial`, `bigserial` or `smallserial`.

## Harm

The rights on its sequence must be granted separately, a copy of the table shares the sequence, and an INSERT can write
any number past it. An identity column has none of these problems.

## Unsafe

```sql
CREATE TABLE IF NOT EXISTS tickets (id bigserial PRIMARY KEY);
```

## Safe

```sql
CREATE TABLE IF NOT EXISTS tickets (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
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
    code="Y304",
    category=Category.STYLE,
    severity=Severity.WARNING,
    peers=("squawk:prefer-identity", "pgfence:prefer-identity", "pgls:preferIdentity"),
)


@RULE.on(CreateTable)
@RULE.on(AddColumn)
@RULE.on(ChangeType)
def check(operation: CreateTable | AddColumn | ChangeType, context: Context) -> Iterator[Violation]:
    """A column that gets such a type."""
    for typed in find_typed_columns(operation):
        if "serial" in typed.type.name:
            yield Violation(
                typed.span,
                f"{typed.column} of {typed.table} gets its numbers from a separate sequence",
                Sentence(f"write {typed.column} bigint GENERATED ALWAYS AS IDENTITY"),
            )
