"""A serial column has a sequence that is only loosely its own.

## When

A column is made as `serial`, `bigserial` or `smallserial`.

## Harm

The rights of its sequence have to be given apart, a copy of the table shares it, and an INSERT can write any number
past it. An identity column has none of that.

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

from rowkeep.domain.act import AddColumn, ChangeType, CreateTable
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule
from rowkeep.knowledge.columns import given

RULE = Rule(
    __name__,
    code="Y304",
    promise=Promise.STYLE,
    severity=Severity.WARNING,
    peers=("squawk:prefer-identity", "pgfence:prefer-identity", "pgls:preferIdentity"),
)


@RULE.on(CreateTable)
@RULE.on(AddColumn)
@RULE.on(ChangeType)
def check(act: CreateTable | AddColumn | ChangeType, context: Context) -> Iterator[Fault]:
    """A column that gets such a type."""
    for each in given(act):
        if "serial" in each.type.name:
            yield Fault(
                each.span,
                f"{each.column} of {each.table} draws its numbers from a sequence beside it",
                f"{each.column} bigint GENERATED ALWAYS AS IDENTITY",
            )
