"""An enum gets a value that the running application does not know.

## When

`ALTER TYPE … ADD VALUE`, unless the same migration has created the type. Off by default: the statement takes no lock,
and usually the version of the application that writes the value is deployed with it.

## Harm

As soon as the new version writes the value, the old version reads it, and may fail. An enum value cannot be removed.

## Given

```sql
CREATE TYPE order_status AS ENUM ('new', 'paid');
```

## Unsafe

```sql
ALTER TYPE order_status ADD VALUE IF NOT EXISTS 'returned';
```

## Safe

A table of allowed values can lose a value again, and the application can read it.

```sql
CREATE TABLE IF NOT EXISTS order_statuses (status text PRIMARY KEY);
INSERT INTO order_statuses VALUES ('new'), ('paid'), ('returned') ON CONFLICT DO NOTHING;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AddEnumValue, ObjectKind

RULE = Rule(
    __name__,
    code="Y129",
    category=Category.STYLE,
    severity=Severity.NOTE,
    peers=("squawk:ban-add-enum-value", "pgfence:alter-enum-add-value", "pgls:avoidAlterEnumAddValue"),
)


@RULE.on(AddEnumValue)
def check(operation: AddEnumValue, context: Context) -> Iterator[Violation]:
    """One more value."""
    if not context.has_made(ObjectKind.TYPE, operation.type):
        yield Violation(
            operation.span,
            f"the running application does not know the value {operation.value!r} of {operation.type}",
            Sentence("first deploy the version of the application that can read the value"),
        )
