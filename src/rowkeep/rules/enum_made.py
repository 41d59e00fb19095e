"""An enum type can take no value back.

## When

A type is made as an enum.

## Harm

Values can be added and renamed, but never removed or put in another order; a new one cannot be used in the transaction
that adds it. A table of values, or a CHECK, can be changed.

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

from rowkeep.domain.act import CreateEnum
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="Y306",
    promise=Promise.STYLE,
    severity=Severity.WARNING,
    peers=("eugene:W13", "pgls:creatingEnum"),
)


@RULE.on(CreateEnum)
def check(act: CreateEnum, context: Context) -> Iterator[Fault]:
    """CREATE TYPE … AS ENUM."""
    yield Fault(act.span, f"{act.type} can never lose a value again", "text CHECK (… IN (…)), or a table of values")
