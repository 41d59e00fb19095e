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

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import SectionEnd, SetVariable
from rowkeep.knowledge.blocking_locks import find_blocking_locks
from rowkeep.knowledge.durations import parse_milliseconds

RULE = Rule(
    __name__,
    code="L308",
    category=Category.LOCK,
    severity=Severity.NOTE,
    peers=("pgfence:statement-timeout-too-long",),
)
LONG = 600_000


@RULE.on(SectionEnd)
def check(operation: SectionEnd, context: Context) -> Iterator[Violation]:
    """The SET under which a table is locked."""
    locked = {place: name for place, name, _ in reversed(list(find_blocking_locks(context)))}
    bad: SetVariable | None = None
    for place, each in enumerate(context.operations):
        if isinstance(each, SetVariable) and not each.is_stored and each.name == "statement_timeout":
            length = parse_milliseconds(each.value) if each.value is not None else None
            bad = each if length is not None and (length <= 0 or length > LONG) else None
        elif bad is not None and place in locked:
            limit = "without a limit" if parse_milliseconds(bad.value or "") == 0 else f"for up to {bad.value}"
            message = f"lets the statement that locks {locked[place]} run {limit}"
            yield Violation(bad.span, message, "SET LOCAL statement_timeout = '30s';")
            bad = None
