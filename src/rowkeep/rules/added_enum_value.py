"""An enum gets a value that the running application does not know.

## When

`ALTER TYPE … ADD VALUE`, unless the same migration has made the type. Off by default: the statement takes no lock, and
mostly the application that writes the value comes with it.

## Harm

As soon as the new version writes the value, the old one reads it, and may fail. A value cannot be taken back.

## Given

```sql
CREATE TYPE order_status AS ENUM ('new', 'paid');
```

## Unsafe

```sql
ALTER TYPE order_status ADD VALUE IF NOT EXISTS 'returned';
```

## Safe

A table of the allowed values can lose one again, and the application can read it.

```sql
CREATE TABLE IF NOT EXISTS order_statuses (status text PRIMARY KEY);
INSERT INTO order_statuses VALUES ('new'), ('paid'), ('returned') ON CONFLICT DO NOTHING;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
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
            "first deploy the version that can read it",
        )
