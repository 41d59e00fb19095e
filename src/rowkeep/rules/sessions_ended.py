"""The migration ends other people's sessions or queries.

## When

`pg_terminate_backend()` or `pg_cancel_backend()` is called, also in a `DO` block or a function that the migration
calls.

## Harm

Whoever was in the middle of something loses it: a request of the application, a running backup, a replica's slot. The
application meets broken connections, all at the same moment.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY);
```

## Unsafe

```sql
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
```

## Safe

Rowkeep waits for its lock in short tries, and names who stands in the way.

```sql
SELECT pid, application_name, state FROM pg_stat_activity WHERE datname = current_database();
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CallFunction

RULE = Rule(__name__, code="L318", category=Category.LOCK, severity=Severity.ERROR, stored=True)
_DOES = {"pg_terminate_backend": "ends the sessions of others", "pg_cancel_backend": "cancels what others are doing"}


@RULE.on(CallFunction)
def check(operation: CallFunction, context: Context) -> Iterator[Violation]:
    """A call of one of the two."""
    does = _DOES.get(operation.call.name.name)
    if does is not None and operation.call.name.schema in (None, "pg_catalog"):
        yield Violation(
            operation.span, f"{does} in the middle of their work", "nothing: the runner waits for locks politely"
        )
