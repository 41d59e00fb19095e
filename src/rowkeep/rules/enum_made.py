"""An enum type can never lose a value.

## When

A type is created as an enum.

## Harm

Values can be added and renamed, but never removed or reordered. A new value cannot be used in the transaction that
adds it. A table of values, or a CHECK, can be changed.

## Unsafe

```sql
DO $$
BEGIN
  CREATE TYPE mood AS ENUM ('sad', 'ok');
EXCEPTION WHEN duplicate_object THEN NULL;
END
$$;
```

## Safe

```sql
CREATE TABLE IF NOT EXISTS moods (name text PRIMARY KEY);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CreateEnum

RULE = Rule(
    __name__,
    code="Y306",
    category=Category.STYLE,
    severity=Severity.WARNING,
    peers=("eugene:W13", "pgls:creatingEnum"),
)


@RULE.on(CreateEnum)
def check(operation: CreateEnum, context: Context) -> Iterator[Violation]:
    """CREATE TYPE … AS ENUM."""
    yield Violation(
        operation.span,
        f"{operation.type} can never lose a value again",
        Sentence("use text with a CHECK, or a table of values"),
    )
