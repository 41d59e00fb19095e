"""The migration locks a table without setting statement_timeout.

## When

The migration takes a lock that stops writes to a table that existed before, and has not set `statement_timeout`
before. Off by default, because Rowkeep sets its own limits (`lock-timeout-ms`, `statement-timeout-ms`). The rule is
for directories that another tool runs: `--select` it, or give it a severity in `[rules.severity]`.

## Harm

A statement that takes longer than expected holds its lock for as long as it runs.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY);
```

## Unsafe

```sql
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
from rowkeep.domain.operation import SectionEnd
from rowkeep.rules._timeouts import find_lock_without

RULE = Rule(
    __name__,
    code="L310",
    category=Category.LOCK,
    severity=Severity.OFF,
    peers=(
        "squawk:require-statement-timeout",
        "squawk:require-timeout-settings",
        "pgfence:missing-statement-timeout",
        "pgls:requireStatementTimeout",
    ),
)


@RULE.on(SectionEnd)
def check(operation: SectionEnd, context: Context) -> Iterator[Violation]:
    """The first statement that locks a table of others."""
    found = find_lock_without("statement_timeout", context)
    if found is not None:
        locking, table = found
        message = f"locks {table} for as long as the statement runs: nothing has set statement_timeout"
        yield Violation(locking.span, message, "SET LOCAL statement_timeout = '30s';")
