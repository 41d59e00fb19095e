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

from rowkeep.domain.act import CallFunction
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(__name__, code="L318", promise=Promise.LOCK, severity=Severity.ERROR, stored=True)
_DOES = {"pg_terminate_backend": "ends the sessions of others", "pg_cancel_backend": "cancels what others are doing"}


@RULE.on(CallFunction)
def check(act: CallFunction, context: Context) -> Iterator[Fault]:
    """A call of one of the two."""
    does = _DOES.get(act.call.name.name)
    if does is not None and act.call.name.schema in (None, "pg_catalog"):
        yield Fault(act.span, f"{does} in the middle of their work", "nothing: the runner waits for locks politely")
