"""A column of type varchar(n) has a limit that is hard to change.

## When

A column is created as `varchar(n)`, or becomes one.

## Harm

A limit that turns out too short makes INSERTs fail, and a lower limit rewrites the table. `text` with a CHECK has
neither problem.

## Unsafe

```sql
CREATE TABLE IF NOT EXISTS people (id bigint PRIMARY KEY, name varchar(40));
```

## Safe

```sql
CREATE TABLE IF NOT EXISTS people (id bigint PRIMARY KEY, name text CHECK (length(name) <= 40));
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.count import plural_form
from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AddColumn, ChangeType, CreateTable
from rowkeep.knowledge.types.typed_columns import find_typed_columns

RULE = Rule(
    __name__,
    code="Y301",
    category=Category.STYLE,
    severity=Severity.WARNING,
    peers=("squawk:prefer-text-field", "pgfence:prefer-text-field", "pgls:preferTextField"),
)


@RULE.on(CreateTable)
@RULE.on(AddColumn)
@RULE.on(ChangeType)
def check(operation: CreateTable | AddColumn | ChangeType, context: Context) -> Iterator[Violation]:
    """A column that gets such a type."""
    for typed in find_typed_columns(operation):
        if typed.type.name == "varchar" and typed.type.modifiers:
            limit = typed.type.modifiers[0]
            yield Violation(
                typed.span,
                f"{typed.column} of {typed.table} can hold {limit} {plural_form(limit, 'character')} and no more",
                Sentence(f"write {typed.column} text CHECK (length({typed.column}) <= {limit})"),
            )
