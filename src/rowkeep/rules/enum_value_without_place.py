"""An enum value is added without a place in the order.

## When

`ALTER TYPE … ADD VALUE` without `BEFORE` or `AFTER`, unless the same migration has created the type. Off by default.

## Harm

The value comes last: it sorts after all others and compares as greater, and that cannot be changed later.

## Given

```sql
CREATE TYPE order_status AS ENUM ('new', 'paid', 'shipped');
```

## Unsafe

```sql
ALTER TYPE order_status ADD VALUE IF NOT EXISTS 'packed';
```

## Safe

```sql
ALTER TYPE order_status ADD VALUE IF NOT EXISTS 'packed' AFTER 'paid';
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
    code="Y130",
    category=Category.STYLE,
    severity=Severity.NOTE,
    peers=("squawk:require-enum-value-ordering", "pgfence:alter-enum-no-ordering"),
)


@RULE.on(AddEnumValue)
def check(operation: AddEnumValue, context: Context) -> Iterator[Violation]:
    """A value that comes last."""
    if not operation.neighbour and not context.has_made(ObjectKind.TYPE, operation.type):
        yield Violation(
            operation.span,
            f"{operation.value!r} becomes the last value of {operation.type}, whatever it means",
            f"ALTER TYPE {operation.type} ADD VALUE '{operation.value}' AFTER '<value>';",
        )
