"""An enum value is added without saying where it stands in the order.

## When

`ALTER TYPE … ADD VALUE` without `BEFORE` or `AFTER`, unless the same migration has made the type. Off by default.

## Harm

The value comes last: it is greater than all others, which sorting and `<` follow, and that cannot be changed later.

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

from rowkeep.domain.act import AddEnumValue, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="Y130",
    promise=Promise.STYLE,
    severity=Severity.NOTE,
    peers=("squawk:require-enum-value-ordering", "pgfence:alter-enum-no-ordering"),
)


@RULE.on(AddEnumValue)
def check(act: AddEnumValue, context: Context) -> Iterator[Fault]:
    """A value that comes last."""
    if not act.neighbour and not context.has_made(ObjectKind.TYPE, act.type):
        yield Fault(
            act.span,
            f"{act.value!r} becomes the last value of {act.type}, whatever it means",
            f"ALTER TYPE {act.type} ADD VALUE '{act.value}' AFTER '…';",
        )
