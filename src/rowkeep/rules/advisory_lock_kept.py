"""An advisory lock of the session outlives the migration.

## When

The migration calls `pg_advisory_lock()` or `pg_try_advisory_lock()`, and does not call `pg_advisory_unlock()` later.

## Harm

Neither COMMIT nor ROLLBACK releases the lock; only the end of the session does. Another migration that needs it may
wait forever. If it is the key of Rowkeep's run lock, no other run can start.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY);
```

## Unsafe

```sql
SELECT pg_advisory_lock(42);
```

## Safe

```sql
SELECT pg_advisory_xact_lock(42);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CallFunction

RULE = Rule(__name__, code="L319", category=Category.LOCK, severity=Severity.WARNING, stored=False)
_TAKES = ("pg_advisory_lock", "pg_advisory_lock_shared", "pg_try_advisory_lock", "pg_try_advisory_lock_shared")
_GIVES = ("pg_advisory_unlock", "pg_advisory_unlock_all", "pg_advisory_unlock_shared")


@RULE.on(CallFunction)
def check(operation: CallFunction, context: Context) -> Iterator[Violation]:
    """A lock that nothing releases."""
    name = operation.call.name.name
    if name not in _TAKES:
        return
    if any(
        isinstance(later, CallFunction) and later.call.name.name in _GIVES for later in context.later(CallFunction)
    ):
        return
    yield Violation(
        operation.span,
        f"{name}() keeps its lock after the migration has committed",
        f"SELECT {name.replace('advisory_lock', 'advisory_xact_lock')}(<key>);",
    )
