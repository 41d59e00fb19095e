"""The migration ends sessions or queries of others.

## When

The migration calls `pg_terminate_backend()` or `pg_cancel_backend()`, also in a `DO` block or a function that it
calls.

## Harm

Whoever was in the middle of something loses it: a request of the application, a running backup, a replica's slot. The
application sees broken connections, all at the same moment.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY);
```

## Unsafe

```sql
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
```

## Safe

Rowkeep waits for its lock in short tries, and names the sessions that block it.

```sql
SELECT pid, application_name, state FROM pg_stat_activity WHERE datname = current_database();
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CallFunction

RULE = Rule(__name__, code="L318", category=Category.LOCK, severity=Severity.ERROR, stored=True)
_DOES = {"pg_terminate_backend": "ends the sessions of others", "pg_cancel_backend": "cancels the queries of others"}


@RULE.on(CallFunction)
def check(operation: CallFunction, context: Context) -> Iterator[Violation]:
    """A call of one of the two."""
    does = _DOES.get(operation.call.name.name)
    if does is not None and operation.call.name.schema in (None, "pg_catalog"):
        yield Violation(
            operation.span,
            f"{does} in the middle of their work",
            Sentence("leave it out: Rowkeep waits for its locks"),
        )
