"""The migration lets its statements run for more than ten minutes while they lock a table.

## When

The migration itself gives `statement_timeout` a value of 0 (no limit) or of more than 10 minutes, and then locks a
table that was there before against its writers.

## Harm

A statement that takes longer than anybody thought holds its lock for as long as it runs; a limit would have ended it.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY);
```

## Unsafe

```sql
SET statement_timeout = 0;
ALTER TABLE orders ADD COLUMN IF NOT EXISTS gift boolean;
```

## Safe

```sql
SET LOCAL statement_timeout = '30s';
ALTER TABLE orders ADD COLUMN IF NOT EXISTS gift boolean;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import SectionEnds, SetVariable
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule
from rowkeep.knowledge.durations import milliseconds
from rowkeep.knowledge.stalls import stalls

RULE = Rule(
    __name__,
    code="L308",
    promise=Promise.LOCK,
    severity=Severity.NOTE,
    peers=("pgfence:statement-timeout-too-long",),
)
LONG = 600_000


@RULE.on(SectionEnds)
def check(act: SectionEnds, context: Context) -> Iterator[Fault]:
    """The SET under which a table is locked."""
    locked = {place: name for place, name, _ in reversed(list(stalls(context)))}
    bad: SetVariable | None = None
    for place, each in enumerate(context.acts):
        if isinstance(each, SetVariable) and not each.is_stored and each.name == "statement_timeout":
            length = milliseconds(each.value) if each.value is not None else None
            bad = each if length is not None and (length <= 0 or length > LONG) else None
        elif bad is not None and place in locked:
            limit = "without a limit" if milliseconds(bad.value or "") == 0 else f"for up to {bad.value}"
            message = f"lets the statement that locks {locked[place]} run {limit}"
            yield Fault(bad.span, message, "SET LOCAL statement_timeout = '30s';")
            bad = None
