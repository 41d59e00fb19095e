"""A column of type timestamp does not say in which time zone.

## When

A column is made as `timestamp` (without time zone), or becomes one.

## Harm

The same value means another moment for every session's time zone, and nobody can tell from the row which was meant.

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

from rowkeep.domain.act import AddColumn, ChangeType, CreateTable
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule
from rowkeep.knowledge.columns import given

RULE = Rule(
    __name__,
    code="Y303",
    promise=Promise.STYLE,
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
def check(act: CreateTable | AddColumn | ChangeType, context: Context) -> Iterator[Fault]:
    """A column that gets such a type."""
    for each in given(act):
        if each.type.name == "timestamp":
            yield Fault(
                each.span,
                f"{each.column} of {each.table} does not say in which time zone",
                f"{each.column} timestamptz",
            )
