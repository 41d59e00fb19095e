"""The migration locks a table without setting lock_timeout.

## When

The migration takes a lock that stops writes to a table that existed before, and has not set `lock_timeout` before. Off
by default, because Rowkeep sets its own limits (`lock-timeout-ms`, `statement-timeout-ms`). The rule is for
directories that another tool runs: `--select` it, or give it a severity in `[rules.severity]`.

## Harm

Without a limit, a statement that waits for a lock makes everybody who comes after it wait too, for as long as one old
transaction runs.

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
SET LOCAL lock_timeout = '2s';
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
    code="L309",
    category=Category.LOCK,
    severity=Severity.OFF,
    peers=(
        "squawk:require-lock-timeout",
        "squawk:require-timeout-settings",
        "eugene:E9",
        "pgfence:missing-lock-timeout",
        "pgfence:lock-timeout-after-dangerous-statement",
        "pgls:lockTimeoutWarning",
        "strong_migrations:lock_timeout",
    ),
)


@RULE.on(SectionEnd)
def check(operation: SectionEnd, context: Context) -> Iterator[Violation]:
    """The first statement that locks a table of others."""
    found = find_lock_without("lock_timeout", context)
    if found is not None:
        locking, table = found
        message = f"waits for the lock on {table} without a limit: nothing has set lock_timeout"
        yield Violation(locking.span, message, "SET LOCAL lock_timeout = '2s';")
