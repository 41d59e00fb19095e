"""A column of type char(n) pads its values with blanks.

## When

A column is created as `char` or `char(n)`, or becomes one.

## Harm

Every value is padded to its full length. It takes more space than `text`, is not faster, and comparisons sometimes
ignore the blanks and sometimes do not (manual, 8.3).

## Unsafe

```sql
CREATE TABLE IF NOT EXISTS prices (id bigint PRIMARY KEY, currency char(3));
```

## Safe

```sql
CREATE TABLE IF NOT EXISTS prices (id bigint PRIMARY KEY, currency text CHECK (length(currency) = 3));
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
    code="Y300",
    category=Category.STYLE,
    severity=Severity.WARNING,
    peers=("squawk:ban-char-field", "pgfence:ban-char-field", "pgls:banCharField"),
)


@RULE.on(CreateTable)
@RULE.on(AddColumn)
@RULE.on(ChangeType)
def check(operation: CreateTable | AddColumn | ChangeType, context: Context) -> Iterator[Violation]:
    """A column that gets such a type."""
    for typed in find_typed_columns(operation):
        if typed.type.name == "bpchar":
            yield Violation(
                typed.span,
                f"{typed.column} of {typed.table} is padded with blanks",
                Sentence(f"write {typed.column} text"),
            )
