"""The migration lets its statements run for more than ten minutes while they lock a table.

## When

The migration sets `statement_timeout` to 0 (no limit) or to more than 10 minutes, and then takes a lock that stops
writes to a table that existed before.

## Harm

A statement that takes longer than expected holds its lock for as long as it runs; a limit would have ended it.

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
from rowkeep.knowledge.durations import parse_milliseconds
from rowkeep.rules._timeouts import find_bad_settings

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
    for setting, table, limit in find_bad_settings(("statement_timeout",), _judge, context):
        message = f"lets the statement that locks {table} run {limit}"
        yield Violation(setting.span, message, "SET LOCAL statement_timeout = '30s';")


def _judge(operation: SetVariable, _: SetVariable | None) -> str | None:
    """How long the setting lets a statement run, if that is too long."""
    length = parse_milliseconds(operation.value) if operation.value is not None else None
    if length is None or 0 < length <= LONG:
        return None
    return "without a limit" if length == 0 else f"for up to {operation.value}"
